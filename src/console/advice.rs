//! What someone who sees an error for the first time may do about it.

use crate::control::{ApiError, Exception};

/// Title and advice for what the service refused.
pub(super) fn of_api(error: &ApiError) -> (&'static str, &'static str) {
    let message = error.message.as_deref().unwrap_or_default();
    match error.code {
        Exception::InvalidZipFile => (
            "This file is not a package",
            "Upload a .zip with the Python files at its top level: on a command line, `zip function.zip app.py` makes one.",
        ),
        Exception::CodeStorageExceeded | Exception::RequestEntityTooLarge | Exception::RequestTooLarge => {
            ("This is too large", "Leave out of the package what the function does not import, or put large libraries into a layer.")
        }
        Exception::ResourceConflict if message.contains("already exist") => {
            ("The name is taken", "Choose another name, or open the function that has it.")
        }
        Exception::ResourceConflict => ("Something else is going on", "Wait a moment, load the page again and repeat it."),
        Exception::ResourceNotFound => ("This does not exist", "It may have been deleted. The list of functions has what there is."),
        Exception::TooManyRequests => {
            ("Too many invocations at once", "Wait until others have ended, or give the function more reserved concurrency.")
        }
        Exception::InvalidParameterValue | Exception::Validation if message.to_ascii_lowercase().contains("handler") => {
            ("The handler does not fit", "A handler is FILE.FUNCTION: `app.handler` is the function `handler` in `app.py`.")
        }
        Exception::InvalidRequestContent => {
            ("The event is not JSON", "Events are JSON: names and texts in double quotes, no comma after the last entry.")
        }
        Exception::InvalidParameterValue | Exception::Validation | Exception::Serialization => {
            ("A value does not fit", "The message says which one and what it may be. Nothing was changed.")
        }
        Exception::PreconditionFailed => {
            ("Someone else was faster", "The function changed since this page was loaded. Load it again, then repeat your change.")
        }
        Exception::AccessDenied
        | Exception::CodeSigningConfigNotFound
        | Exception::CodeVerificationFailed
        | Exception::IncompleteSignature
        | Exception::InvalidSignature
        | Exception::LogsInvalidParameter
        | Exception::LogsResourceNotFound
        | Exception::MissingAuthenticationToken
        | Exception::PolicyLengthExceeded
        | Exception::ProvisionedConcurrencyConfigNotFound
        | Exception::PublicPolicy
        | Exception::ResourceInUse
        | Exception::ResourceNotReady
        | Exception::Service
        | Exception::ServiceUnavailable
        | Exception::UnknownOperation
        | Exception::UnrecognizedClient
        | Exception::UnsupportedMediaType => ("The service refused this", "Nothing was changed. The server's own log may say more."),
    }
}

/// What to do about an error document: by its type, and by what its message says.
pub(super) fn of_error(kind: &str, message: &str, handler: &str) -> String {
    let (module, function) = handler.rsplit_once('.').unwrap_or((handler, ""));
    match kind {
        "Runtime.ImportModuleError" if message.contains(&format!("No module named '{}'", module.split('.').next().unwrap_or(module))) => {
            format!(
                "The handler setting is {handler}, so the package needs a file {}.py at its top level. Look into the Code tab whether it \
             has another name or lies in a folder, or change the handler under Configuration.",
                module.replace('.', "/")
            )
        }
        "Runtime.ImportModuleError" => "A module that the code imports is not in the package. Install it into the package's folder \
             (pip install --target) before you zip it, or add it as a layer. Libraries with native code cannot run here."
            .into(),
        "Runtime.HandlerNotFound" => format!(
            "{module}.py was found, but there is no function {function} in it. Write one, def {function}(event, context), or change \
             the handler under Configuration."
        ),
        "Runtime.MalformedHandlerName" => "A handler is FILE.FUNCTION, such as app.handler. Change it under Configuration.".into(),
        "Runtime.UserCodeSyntaxError" => "Python cannot read the file. Go to the line that is named, under Code: the mistake is there or \
             just before it."
            .into(),
        "Runtime.MarshalError" => "The handler must return what JSON knows: dictionaries, lists, texts, numbers, True, False and None. \
             Convert dates and other objects to text first."
            .into(),
        "Runtime.OutOfMemory" => "The function needed more than its memory size. Raise it under Configuration, or keep less in memory at \
             a time."
            .into(),
        "Function.ResponseSizeTooLarge" => "Return less than 6 MB, for instance a part of the result at a time.".into(),
        "Runtime.ExitError" => "The function ended its process before it returned. Look for sys.exit or os._exit in the code.".into(),
        "Sandbox.Timedout" => {
            "The function took longer than its timeout. Raise it under Configuration; if it waits for the network, there \
             is none here."
                .into()
        }
        _ if message.contains("Task timed out") => of_error("Sandbox.Timedout", "", handler),
        "KeyError" => "The event, or another dictionary, has no entry of this name. Compare the event with what the line reads.".into(),
        _ => "The code raised this exception. The stack trace names the line; what the function printed is in the log.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_have_their_remedy() {
        for (kind, message, part) in [
            ("Runtime.ImportModuleError", "Unable to import module 'app': No module named 'app'", "needs a file app.py at its top level"),
            ("Runtime.ImportModuleError", "Unable to import module 'app': No module named 'requests'", "pip install --target"),
            ("Runtime.HandlerNotFound", "Handler 'run' missing on module 'app'", "no function run in it"),
            ("Sandbox.Timedout", "RequestId: x Error: Task timed out after 1.00 seconds", "longer than its timeout"),
            ("ValueError", "x", "The stack trace names the line"),
        ] {
            let advice = of_error(kind, message, "app.run");
            assert!(advice.contains(part), "{kind}: {advice}");
        }
    }
}

//! What to do about an init that failed, where its error says what is wrong but not what to do.

use std::path::Path;

use super::{DeployRequest, Runner};
use crate::function::{ErrorDocument, Invocation, Outcome, Timeout};
use crate::text;

/// The guest's half, with a place for the name of the handler's module.
const MISSING: &str = include_str!("missing.py");
/// Whose module this is in the guest.
const MISSING_MODULE: &str = "wasmlam_missing";
/// Modules that a hint names.
const MAX_NAMED: usize = 20;
/// Characters of a name that a hint shows.
const MAX_NAME: usize = 100;

/// What to do about an init that failed, in one or a few sentences; `path` is where the package was read from. `None` where
/// the error says it all.
///
/// Where modules are missing, all of them are named: a sandbox looks for them, without executing the package's code.
pub fn hint(runner: &Runner, request: &DeployRequest, path: &Path, outcome: &Outcome) -> Option<String> {
    let Outcome::InitFailed(error) = outcome else { return None };
    match error.error_type.as_str() {
        "Runtime.MalformedHandlerName" | "Runtime.HandlerNotFound" => of_handler(request),
        "Runtime.ImportModuleError" => of_import(runner, request, path, error),
        _ => None,
    }
}

fn of_handler(request: &DeployRequest) -> Option<String> {
    let known = request.package.handlers().unwrap_or_else(|| "none that looks like one".into());
    Some(format!("a handler is MODULE.FUNCTION; this package has {known}"))
}

fn of_import(runner: &Runner, request: &DeployRequest, path: &Path, error: &ErrorDocument) -> Option<String> {
    let first = error.message.split_once("No module named '")?.1.split('\'').next()?;
    let (module, _) = request.config.handler.as_str().rsplit_once('.')?;
    if module.replace('/', ".") == first {
        return of_handler(request);
    }
    let top = first.split('.').next().unwrap_or(first);
    if path.is_file()
        && let Some(folder) = path.parent()
    {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // A name of the guest's own choosing is a single name here: it cannot lead out of the folder.
        let is_name = !top.is_empty() && top.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_beside = is_name && (folder.join(format!("{top}.py")).is_file() || folder.join(top).is_dir());
        if is_beside {
            return Some(format!(
                "'{top}' lies beside '{}', but only that file was given: pass its folder, with --handler {}",
                path.display(),
                request.config.handler
            ));
        }
    }
    let missing = missing(runner, request, &module.replace('/', ".")).unwrap_or_else(|| vec![first.to_owned()]);
    let mut named: Vec<String> = missing.iter().take(MAX_NAMED).map(|name| text::line(name, MAX_NAME)).collect();
    if missing.len() > MAX_NAMED {
        named.push(format!("{} more", missing.len() - MAX_NAMED));
    }
    let modules = if named.len() == 1 { "this module is" } else { "these modules are" };
    Some(format!("{modules} neither in the package nor in a layer: {}; add them with pip install -t FOLDER NAME", named.join(", ")))
}

/// Every module that the handler's module needs and that is nowhere. `None` when that cannot be found out.
fn missing(runner: &Runner, request: &DeployRequest, module: &str) -> Option<Vec<String>> {
    let source = MISSING.replace("{{MODULE}}", module);
    let mut request = request.wrapped(MISSING_MODULE, source, format!("{MISSING_MODULE}.handler").parse().ok()?);
    request.config.timeout = Timeout::CHECKER;
    let completion = runner.deploy(request).ok()?.invoke(Invocation::new(b"null".to_vec(), None).ok()?).ok()?;
    let missing: Vec<String> = serde_json::from_slice(completion.outcome.result()?).ok()?;
    Some(missing).filter(|missing| !missing.is_empty())
}

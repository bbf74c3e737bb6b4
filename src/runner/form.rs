//! What a case runs a package as: a handler, a program, or a module whose functions are called.

use std::path::Path;

use super::{DeployError, DeployRequest, FunctionSettings};
use crate::function::{HandlerName, NameError};
use crate::judge::Case;
use crate::package::{Package, PackageError};
use crate::sandbox::SandboxError;

/// What a case runs its package as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// Its handler is called with the event.
    Handler,
    /// It reads stdin and prints.
    Program,
    /// One of its functions is called.
    Call,
}

impl Form {
    pub(super) fn of(case: &Case) -> Self {
        match (&case.stdin, &case.call) {
            (Some(_), _) => Self::Program,
            (None, Some(_)) => Self::Call,
            (None, None) => Self::Handler,
        }
    }

    /// The request for a package in this form.
    pub(super) fn request(self, settings: &FunctionSettings, path: &Path) -> Result<DeployRequest, DeployError> {
        let (module, source) = match self {
            Self::Handler => return settings.request(path),
            Self::Program => ("wasmlam_program", include_str!("program.py")),
            Self::Call => ("wasmlam_call", include_str!("call.py")),
        };
        let handler: HandlerName =
            format!("{module}.handler").parse().map_err(|error: NameError| DeployError::Host(SandboxError::Host(error.to_string())))?;
        let request = FunctionSettings { handler: Some(handler.clone()), ..settings.clone() }.request(path)?;
        let file = file(settings, &request.package)?;
        let name = file.strip_suffix(".py").unwrap_or(&file).replace('/', ".");
        let source = source.replace("{{FILE}}", &quoted(&file)).replace("{{MODULE}}", &quoted(&name));
        Ok(request.wrapped(module, source, handler))
    }
}

/// The file that is the program: that of the handler's module if one was named, or else the one that can be meant.
fn file(settings: &FunctionSettings, package: &Package) -> Result<String, PackageError> {
    match settings.handler.as_ref().and_then(|handler| handler.as_str().rsplit_once('.')) {
        Some((module, _)) => Ok(format!("{}.py", module.replace('.', "/"))),
        None => package.main_file(),
    }
}

/// A text as it stands between the double quotes of a string of Python.
fn quoted(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

//! Which function of a package is the handler when nobody said so. Reads Python as text: enough to see what a module
//! defines at its left margin, and wrong only about sources that take pains to look like something else.

use super::error::shown;
use super::{Package, PackageError};
use crate::function::{Content, FileTree, HandlerName, Node};
use std::iter::Peekable;
use std::str::Chars;

/// The function AWS's console makes, and the one to use if the package has it.
const AWS_DEFAULT: (&str, &str) = ("lambda_function", "lambda_handler");

/// Usual names of the module that is a program, the most usual one first.
const PROGRAMS: [&str; 5] = ["__main__", "main", "solution", "app", "lambda_function"];

/// How many candidates a message lists.
const MAX_LISTED: usize = 20;

impl Package {
    /// The handler to use when none was given: `lambda_function.lambda_handler` if there is one, else the one function
    /// that leaves no doubt.
    ///
    /// A candidate is defined at the top level of a module in the package's root that is neither a test nor `setup.py`,
    /// takes an event and a context, and says so by the names of its parameters or by its own. Of several the one with
    /// `handler` in its name is taken, if it is the only one; otherwise the error lists them.
    pub fn find_handler(&self) -> Result<HandlerName, PackageError> {
        let candidates = self.candidates("");
        let mut named =
            candidates.iter().filter(|name| name.as_str().rsplit('.').next().is_some_and(|function| function.contains("handler")));
        match (candidates.as_slice(), named.next(), named.next()) {
            ([], ..) => Err(self.no_handler()),
            ([only], ..) | (_, Some(only), None) => Ok(only.clone()),
            _ => Err(PackageError::ManyHandlers { package: shown(&self.name), candidates: list(&candidates) }),
        }
    }

    /// The functions in its root that look like a handler, as a message lists them; `None` where there is not one.
    pub fn handlers(&self) -> Option<String> {
        let candidates = self.candidates("");
        (!candidates.is_empty()).then(|| list(&candidates))
    }

    /// The file of a package that is a program, or a module of functions, in the place of a handler: the one module in its
    /// root, or of several the one with a usual name.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn main_file(&self) -> Result<String, PackageError> {
        let modules: Vec<&str> = match self.files.get("") {
            Some(Node::Folder(entries)) => entries.keys().filter_map(|name| name.strip_suffix(".py")).collect(),
            Some(Node::File(_) | Node::Link(_)) | None => Vec::new(),
        };
        let usual = || PROGRAMS.into_iter().find(|name| modules.contains(name));
        let main = if let [only] = modules[..] { Some(only) } else { usual() };
        main.map(|name| format!("{name}.py")).ok_or_else(|| PackageError::NoProgram {
            package: shown(&self.name),
            hint: "name the file main.py, or give its module with --handler MODULE.FUNCTION",
        })
    }

    /// The functions in this folder's modules that look like a handler, sorted; only AWS's own name if there is that one.
    fn candidates(&self, folder: &str) -> Vec<HandlerName> {
        let (default_module, default_function) = AWS_DEFAULT;
        let module_path = |module: &str| if folder.is_empty() { module.to_owned() } else { format!("{folder}/{module}") };
        let mut candidates: Vec<HandlerName> = Vec::new();
        for (module, source) in self.modules(folder).filter(|(module, _)| !module.contains('.')) {
            let lines = top_level_lines(&source);
            if module == default_module && lines.iter().any(|line| binds(line, default_function)) {
                return handler_name(&module_path(module), default_function).into_iter().collect();
            }
            if !has_no_handler(module) {
                let functions =
                    lines.iter().filter_map(|line| TopLevelFunction::parse(line)).filter(TopLevelFunction::looks_like_a_handler);
                candidates.extend(functions.filter_map(|function| handler_name(&module_path(module), function.name)));
            }
        }
        candidates.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        candidates.dedup(); // a function may be defined again
        candidates
    }

    /// Name and source of every module in a folder, also of those that no handler can name.
    fn modules(&self, folder: &str) -> impl Iterator<Item = (&str, String)> {
        let entries = match self.files.get(folder) {
            Some(Node::Folder(entries)) => Some(entries),
            Some(Node::File(_) | Node::Link(_)) | None => None,
        };
        entries.into_iter().flatten().filter_map(|(name, &id)| match self.files.node(id) {
            Node::File(Content::Bytes(bytes)) => Some((name.strip_suffix(".py")?, String::from_utf8_lossy(bytes).into_owned())),
            Node::File(Content::Range { .. }) | Node::Folder(_) | Node::Link(_) => None,
        })
    }

    /// The folder that holds everything, if there is nothing beside it but what tools add.
    fn only_folder(&self) -> Option<&str> {
        let Node::Folder(entries) = self.files.node(FileTree::ROOT) else { return None };
        let mut entries = entries.iter().filter(|(name, _)| !matches!(name.as_str(), "__MACOSX" | ".DS_Store"));
        match (entries.next(), entries.next()) {
            (Some((name, &id)), None) if matches!(self.files.node(id), Node::Folder(_)) => Some(name),
            _ => None,
        }
    }

    /// Why there is no handler: the mistakes that are made most often are named.
    fn no_handler(&self) -> PackageError {
        let package = shown(&self.name);
        if let Some(folder) = self.only_folder() {
            let other = match self.candidates(folder).as_slice() {
                [] => String::new(),
                candidates => format!(", or name it with --handler {}", list(candidates)),
            };
            let hint = format!("zip what is in '{}', not the folder itself{other}", shown(folder));
            return PackageError::AllInAFolder { package, folder: shown(folder), hint };
        }
        let cannot_be_named = |(module, source): &(&str, String)| {
            let has_handler =
                || top_level_lines(source).iter().filter_map(|line| TopLevelFunction::parse(line)).any(|f| f.looks_like_a_handler());
            module.contains(|c: char| c == '.' || c.is_whitespace()) && has_handler()
        };
        let hint = if let Some((module, _)) = self.modules("").find(cannot_be_named) {
            format!("'{}.py' cannot be imported under this name: rename it", shown(module))
        } else if let Some((template, code)) = self.template() {
            format!("{template} is here: pass the folder of its CodeUri{code}")
        } else {
            "name it with --handler MODULE.FUNCTION".into()
        };
        PackageError::NoHandler { package, hint }
    }

    /// A template of AWS SAM in the root, and what it says of where the code is.
    fn template(&self) -> Option<(&'static str, String)> {
        ["template.yaml", "template.yml"].into_iter().find_map(|name| {
            let Some(Node::File(Content::Bytes(bytes))) = self.files.get(name) else { return None };
            let text = String::from_utf8_lossy(bytes);
            let code = text.lines().find_map(|line| line.trim().strip_prefix("CodeUri:"));
            let code = code.map(|code| code.trim().trim_matches(['"', '\''])).filter(|code| !code.is_empty());
            Some((name, code.map(|code| format!(", '{}'", shown(code))).unwrap_or_default()))
        })
    }
}

/// None if AWS would not take it, as when the module's name has a space.
fn handler_name(module: &str, function: &str) -> Option<HandlerName> {
    format!("{module}.{function}").parse().ok()
}

fn list(candidates: &[HandlerName]) -> String {
    let listed: Vec<String> = candidates.iter().take(MAX_LISTED).map(|name| shown(name.as_str())).collect();
    match candidates.len() - listed.len() {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// Modules that have functions of two parameters for other reasons.
fn has_no_handler(module: &str) -> bool {
    module.starts_with("__") || module.starts_with("test_") || ["setup", "conftest"].contains(&module)
}

/// A `def` at the left margin.
struct TopLevelFunction<'a> {
    name: &'a str,
    /// Names of the parameters that take positional arguments.
    parameters: Vec<&'a str>,
    /// Whether a call with an event and a context works.
    takes_two: bool,
}

impl<'a> TopLevelFunction<'a> {
    /// Of one logical line.
    fn parse(line: &'a str) -> Option<Self> {
        let rest = line.strip_prefix("async ").unwrap_or(line).trim_start();
        let rest = rest.strip_prefix("def")?.strip_prefix(char::is_whitespace)?.trim_start();
        let (name, rest) = rest.split_at(identifier_end(rest));
        let (_, rest) = rest.split_once('(').filter(|_| !name.is_empty())?;
        let (mut parameters, mut needed, mut variadic, mut keyword_only, mut callable) = (Vec::new(), 0, false, false, true);
        for parameter in split_at_commas(rest) {
            let has_default = parameter.contains('=');
            if parameter.starts_with("**") || parameter == "/" {
                continue;
            }
            if let Some(rest) = parameter.strip_prefix('*') {
                variadic = !rest.is_empty();
                keyword_only = true;
            } else if keyword_only {
                callable &= has_default;
            } else {
                parameters.push(&parameter[..identifier_end(parameter)]);
                needed += usize::from(!has_default);
            }
        }
        let takes_two = callable && needed <= 2 && (parameters.len() >= 2 || variadic);
        Some(Self { name, parameters, takes_two })
    }

    fn looks_like_a_handler(&self) -> bool {
        let by_name = ["handler", "lambda_handler", "main"].contains(&self.name) || self.name.ends_with("_handler");
        let by_parameters = matches!(self.parameters.as_slice(), [event, context, ..] if is_event(event) && is_context(context));
        self.takes_two && (by_name || by_parameters)
    }
}

fn is_event(parameter: &str) -> bool {
    let name = parameter.trim_matches('_').to_lowercase();
    name.contains("event") || ["e", "ev", "evt"].contains(&name.as_str())
}

fn is_context(parameter: &str) -> bool {
    let name = parameter.trim_matches('_').to_lowercase();
    name.contains("context") || ["", "c", "ctx", "cxt"].contains(&name.as_str())
}

/// Whether a logical line makes `name` a global of its module: by `def`, by an assignment, or by an import.
fn binds(line: &str, name: &str) -> bool {
    if TopLevelFunction::parse(line).is_some_and(|function| function.name == name) {
        return true;
    }
    if let Some((_, imported)) = line.split_once("import").filter(|_| line.starts_with("from ") || line.starts_with("import ")) {
        // `a`, `a as b`, and parentheses around the whole list.
        return imported.split([',', '(', ')']).any(|part| part.split_whitespace().next_back() == Some(name));
    }
    let rest = line.strip_prefix(name).unwrap_or_default().trim_start();
    rest.starts_with(':') || (rest.starts_with('=') && !rest.starts_with("=="))
}

/// Where the identifier that `text` starts with ends.
fn identifier_end(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The parts between the commas of a bracket, up to its end. `text` starts after the opening one.
fn split_at_commas(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' | ')' | ']' | '}' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
                if c != ',' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.into_iter().filter(|part| !part.is_empty())
}

/// The logical lines that start at the left margin: what is in brackets joined into one, strings emptied, no comments.
fn top_level_lines(source: &str) -> Vec<String> {
    let (mut lines, mut line, mut depth) = (Vec::new(), String::new(), 0_u32);
    let mut chars = source.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' => while chars.next_if(|&c| c != '\n' && c != '\r').is_some() {},
            '"' | '\'' => {
                skip_string(c, &mut chars);
                line.push_str("\"\"");
            }
            '\\' => {
                chars.next_if_eq(&'\r');
                chars.next_if_eq(&'\n');
                line.push(' ');
            }
            '\n' | '\r' if depth == 0 => lines.push(std::mem::take(&mut line)),
            '\n' | '\r' => line.push(' '),
            _ => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                line.push(c);
            }
        }
    }
    lines.push(line);
    lines.retain(|line| line.starts_with(|c: char| !c.is_whitespace()));
    lines
}

/// Skips the rest of a string whose first quote is behind. One of a single line ends with it even if it is not closed.
fn skip_string(quote: char, chars: &mut Peekable<Chars<'_>>) {
    let triple = chars.next_if_eq(&quote).is_some();
    if triple && chars.next_if_eq(&quote).is_none() {
        return; // it was the empty string
    }
    let mut closing = 0;
    while let Some(c) = chars.next_if(|&c| triple || c != '\n') {
        if c == quote {
            closing += 1;
            if !triple || closing == 3 {
                return;
            }
        } else {
            closing = 0;
            if c == '\\' {
                chars.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip_of;
    use super::*;
    use proptest::test_runner::{Config as ProptestConfig, RngSeed};

    fn find(modules: &[(&str, &str)]) -> Result<String, String> {
        let zip = zip_of(modules.iter().map(|(name, source)| (*name, source.as_bytes())));
        let package = Package::from_zip_bytes("test", zip).expect("a package");
        package.find_handler().map(|name| name.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_of_aws_comes_first() {
        for source in [
            "def lambda_handler(event, context):\n    pass",
            "def lambda_handler(anything): pass",
            "async def lambda_handler(event, context): pass",
            "\u{feff}def lambda_handler (\n  event,\n  context,\n): pass",
            "@decorated(\n  'x')\ndef lambda_handler(*args): pass",
            "lambda_handler = make()",
            "lambda_handler: Handler = make()",
            "from app import lambda_handler",
            "from app import (\n    other,\n    lambda_handler,  # ours\n)",
            "from app import main as lambda_handler",
            "from app import \\\n    lambda_handler",
            "import app as lambda_handler",
            "'''\n'''\r\ndef lambda_handler(e, c): pass\r\n",
        ] {
            let modules = [("lambda_function.py", source), ("app.py", "def handler(event, context): pass")];
            assert_eq!(find(&modules).as_deref(), Ok("lambda_function.lambda_handler"), "{source}");
        }
        for source in [
            "",
            "# def lambda_handler(event, context): pass",
            "'''\ndef lambda_handler(event, context): pass\n'''",
            "x = \"\"\"\\\"\"\"\ndef lambda_handler(e, c): pass\n\"\"\"",
            "class A:\n    def lambda_handler(self, event): pass",
            "if True:\n    lambda_handler = 1",
            "lambda_handler == 1",
            "lambda_handlers = 1",
            "from app import lambda_handler as other",
            "print(\nlambda_handler)",
        ] {
            let modules = [("lambda_function.py", source), ("app.py", "def handler(event, context): pass")];
            assert_eq!(find(&modules).as_deref(), Ok("app.handler"), "{source}");
        }
    }

    #[test]
    fn the_one_without_a_doubt() {
        for (source, function) in [
            ("def handler(event, context): pass", "handler"),
            ("def greet(event, context): pass", "greet"),
            ("def greet(_event, _): pass", "greet"),
            ("def greet(evt: dict[str, int], ctx: 'Context' = None) -> dict: pass", "greet"),
            ("def greet(event, context, *args, more=(1, 2), **kwargs): pass", "greet"),
            ("def greet(event, context, /, more=\")\"): pass", "greet"),
            ("def greet(\n    event,  # the event\n    context,\n): pass", "greet"),
            ("def größe(e, c): pass", "größe"),
            ("def main(a, b): pass", "main"),
            ("def main(*args): pass", "main"),
            ("def s3_handler(a, b=2): pass", "s3_handler"),
            ("def helper(event, context): pass\ndef on_s3_handler(x, y): pass", "on_s3_handler"),
            ("def handler(event, context): pass\ndef handler(event, context): pass", "handler"),
            ("def helper(event, context):\n    def inner(event, context): pass", "helper"),
            ("x = 'it''s'\ny = \"\"\ndef greet(event, context): pass", "greet"),
            ("x = 'not closed\ndef greet(event, context): pass", "greet"),
        ] {
            assert_eq!(find(&[("app.py", source)]), Ok(format!("app.{function}")), "{source}");
        }
    }

    #[test]
    fn those_that_are_none() {
        for source in [
            "def handler(event): pass",
            "def handler(event, context, more): pass",
            "def handler(event, context, *, key): pass",
            "def main(): pass",
            "def greet(a, b): pass",
            "def greet(context, event): pass",
            "def define (event context",
            "def (event, context): pass",
            "handler = 1",
            "defhandler(event, context)",
        ] {
            let error = find(&[("app.py", source)]).expect_err(source);
            assert_eq!(
                error, "no top-level function of 'test' looks like a handler\nhint: name it with --handler MODULE.FUNCTION",
                "{source}"
            );
        }
        let source = "def handler(event, context): pass";
        for path in ["setup.py", "conftest.py", "test_app.py", "__init__.py", "__main__.py", "a.b.py", "my app.py", "src/app.py", "app.txt"]
        {
            assert!(find(&[(path, source)]).is_err(), "{path}");
        }
    }

    #[test]
    fn a_program_is_the_one_file_or_one_with_a_usual_name() {
        for (names, file) in [
            (&["x.py", "data.txt"][..], Some("x.py")),
            (&["x.py", "main.py", "solution.py"], Some("main.py")),
            (&["x.py", "y.py"], None),
            (&["data.txt", "lib/x.py"], None),
        ] {
            let contents: Vec<(&str, &str)> = names.iter().map(|name| (*name, "")).collect();
            let zip = zip_of(contents.iter().map(|(name, source)| (*name, source.as_bytes())));
            let package = Package::from_zip_bytes("test", zip).expect("a package");
            assert_eq!(package.main_file().ok().as_deref(), file, "{names:?}");
        }
    }

    #[test]
    fn the_usual_mistakes_are_named() {
        let handler = "def handler(event, context): pass";
        for (files, error) in [
            (
                &[("proj/app.py", handler), ("proj/util.py", ""), ("__MACOSX/x", "")][..],
                "all files of 'test' are in its folder 'proj', but AWS looks for the handler in the root\n\
                 hint: zip what is in 'proj', not the folder itself, or name it with --handler proj/app.handler",
            ),
            (
                &[("proj/notes.txt", "")],
                "all files of 'test' are in its folder 'proj', but AWS looks for the handler in the root\n\
                 hint: zip what is in 'proj', not the folder itself",
            ),
            (
                &[("my app.py", handler)],
                "no top-level function of 'test' looks like a handler\nhint: 'my app.py' cannot be imported under this name: rename it",
            ),
            (
                &[("template.yaml", "Resources:\n  F:\n    Properties:\n      CodeUri: src/\n"), ("src/app.py", handler)],
                "no top-level function of 'test' looks like a handler\nhint: template.yaml is here: pass the folder of its CodeUri, 'src/'",
            ),
        ] {
            assert_eq!(find(files).as_ref().map_err(String::as_str), Err(error));
        }
        // One folder with a package in the root beside it is how packages are made.
        assert_eq!(find(&[("lib/x.py", ""), ("app.py", handler)]).as_deref(), Ok("app.handler"));
    }

    #[test]
    fn a_doubt_is_told() {
        let two = "def b(event, context): pass\ndef a(event, context): pass";
        assert_eq!(
            find(&[("y.py", two), ("x.py", "def handler(a, b): pass\ndef other_handler(a, b): pass")]),
            Err("the handler of 'test' could be x.handler, x.other_handler, y.a, y.b\nhint: choose one with --handler MODULE.FUNCTION"
                .into())
        );
        let many: String = (0..21).map(|number| format!("def f{number:02}(event, context): pass\n")).collect();
        let error = find(&[("m.py", &many)]).expect_err("21 of them");
        assert!(error.contains("m.f18, m.f19 and 1 more\n"), "{error}");
        assert!(!error.contains("m.f20"), "{error}");
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig {
            cases: 256,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_source_is_survived(source in "(def |async |lambda_handler|import |from |[a(){}\\[\\],:=*/#'\"\\\\\n\r é\t]){0,40}") {
            for line in top_level_lines(&source) {
                binds(&line, "lambda_handler");
            }
        }
    }
}

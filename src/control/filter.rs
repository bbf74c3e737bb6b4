//! CloudWatch's filter patterns: terms for text, and conditions on members for lines that are JSON.

use serde_json::Value;

use super::{ApiError, Exception};

/// The longest pattern, in characters, as CloudWatch has it.
const MAX_PATTERN: usize = 1024;
/// Parentheses in one another.
const MAX_DEPTH: usize = 32;
/// Indices of arrays and comparisons with more digits say nothing.
const MAX_DIGITS: usize = 40;

/// What the lines of an answer have to match.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    /// Every plain term, one of those with a question mark, none of those with a minus.
    Terms { all: Vec<String>, any: Vec<String>, none: Vec<String> },
    /// `{ $.level = "ERROR" }`: lines that are JSON and fulfil the condition.
    Json(Condition),
}

/// A condition on a JSON document.
#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
    Is { path: Vec<Step>, test: Test },
}

/// A step from a value to one in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Member(String),
    Index(usize),
    /// Every member, or every element.
    All,
}

/// What a value has to be.
#[derive(Debug, PartialEq)]
pub(super) enum Test {
    /// With `*` for any text; `true`: it must not be.
    Text(String, bool),
    Number(Comparison, f64),
    True,
    False,
    Null,
    /// There is no such value.
    NotExists,
    Exists,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// Reads a pattern; an empty one matches every line.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let text = text.trim();
        let wrong = |reason: &str| {
            let shown: String = text.chars().take(100).collect();
            ApiError::new(Exception::LogsInvalidParameter, format!("Invalid filter pattern '{shown}': {reason}"))
        };
        let length = text.chars().count();
        if length > MAX_PATTERN {
            return Err(wrong(&format!("it has {length} characters, and {MAX_PATTERN} are allowed")));
        }
        match text.as_bytes().first() {
            Some(b'{') => {
                let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).ok_or_else(|| wrong("it ends without a '}'"))?;
                let mut reader = Reader { rest: inner, depth: 0 };
                let condition = reader.either().map_err(|reason| wrong(&reason))?;
                match reader.rest.trim_start() {
                    "" => Ok(Self::Json(condition)),
                    rest => Err(wrong(&format!("nothing is expected at '{}'", start(rest)))),
                }
            }
            Some(b'[' | b'%') => Err(wrong(
                "this server knows terms, \"quoted terms\", ?optional and -excluded ones, and conditions on JSON such as { $.level = \"ERROR\" }",
            )),
            Some(_) | None => Ok(terms(text)),
        }
    }

    /// Whether a line matches.
    pub(super) fn matches(&self, line: &str) -> bool {
        match self {
            Self::Terms { all, any, none } => {
                let has = |term: &String| line.contains(term.as_str());
                all.iter().all(has) && (any.is_empty() || any.iter().any(has)) && !none.iter().any(has)
            }
            Self::Json(condition) => {
                line.trim_start().starts_with('{') && serde_json::from_str(line.trim()).is_ok_and(|document| condition.holds(&document))
            }
        }
    }
}

fn terms(text: &str) -> Pattern {
    let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let (list, after) = match rest.as_bytes()[0] {
            b'?' => (&mut any, &rest[1..]),
            b'-' => (&mut none, &rest[1..]),
            _ => (&mut all, rest),
        };
        let (term, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if !term.is_empty() {
            list.push(term.to_owned());
        }
        rest = after.trim_start();
    }
    Pattern::Terms { all, any, none }
}

impl Condition {
    fn holds(&self, document: &Value) -> bool {
        match self {
            Self::Both(first, second) => first.holds(document) && second.holds(document),
            Self::Either(first, second) => first.holds(document) || second.holds(document),
            Self::Is { path, test } => {
                let mut found = vec![document];
                for step in path {
                    found = found.into_iter().flat_map(|value| step.from(value)).collect();
                }
                if matches!(test, Test::NotExists) { found.is_empty() } else { found.into_iter().any(|value| test.passes(value)) }
            }
        }
    }
}

impl Step {
    fn from<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Self::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Index(index), Value::Array(elements)) => elements.get(*index).into_iter().collect(),
            (Self::All, Value::Object(members)) => members.values().collect(),
            (Self::All, Value::Array(elements)) => elements.iter().collect(),
            (Self::Member(_) | Self::Index(_) | Self::All, _) => Vec::new(),
        }
    }
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Text(wanted, is_not) => {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return false,
                };
                has_form(&text, wanted) != *is_not
            }
            Self::Number(comparison, wanted) => match value {
                Value::Number(number) => number.as_f64().is_some_and(|number| comparison.holds(number, *wanted)),
                // A number that was written as text is text.
                Value::String(_) | Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => false,
            },
            Self::True => value == &Value::Bool(true),
            Self::False => value == &Value::Bool(false),
            Self::Null => value.is_null(),
            Self::Exists => true,
            Self::NotExists => false,
        }
    }
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "the number that was written")]
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// Whether a text has a form in which `*` stands for any text.
fn has_form(text: &str, form: &str) -> bool {
    let Some((first, rest)) = form.split_once('*') else { return text == form };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.split_once(piece) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

/// The first characters, for a message.
fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

/// Reads a condition; what is wrong is a sentence's end.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, text: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A word of letters, if it stands here by itself.
    fn takes_word(&mut self, word: &str) -> bool {
        self.blanks();
        let Some((start, rest)) = self.rest.split_at_checked(word.len()) else { return false };
        let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        if start.eq_ignore_ascii_case(word) && ends {
            self.rest = rest;
            return true;
        }
        false
    }

    fn either(&mut self) -> Result<Condition, String> {
        let mut condition = self.both()?;
        while self.takes("||") {
            condition = Condition::Either(Box::new(condition), Box::new(self.both()?));
        }
        Ok(condition)
    }

    fn both(&mut self) -> Result<Condition, String> {
        let mut condition = self.one()?;
        while self.takes("&&") {
            condition = Condition::Both(Box::new(condition), Box::new(self.one()?));
        }
        Ok(condition)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.takes("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(format!("more than {MAX_DEPTH} parentheses are in one another"));
            }
            let condition = self.either()?;
            self.depth -= 1;
            return if self.takes(")") { Ok(condition) } else { Err("a '(' has no ')'".into()) };
        }
        let path = self.path()?;
        Ok(Condition::Is { path, test: self.test()? })
    }

    fn path(&mut self) -> Result<Vec<Step>, String> {
        if !self.takes("$") {
            return Err(format!("a member such as $.level is expected at '{}'", start(self.rest)));
        }
        let mut path = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                if let Some(rest) = rest.strip_prefix('*') {
                    self.rest = rest;
                    path.push(Step::All);
                    continue;
                }
                if rest.starts_with('[') {
                    continue;
                }
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '#'))).unwrap_or(rest.len());
                if end == 0 {
                    return Err(format!("a member's name is expected at '{}'", start(rest)));
                }
                path.push(Step::Member(rest[..end].to_owned()));
                self.rest = &rest[end..];
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (inner, after) = bracket(rest).ok_or_else(|| "a '[' has no ']'".to_owned())?;
                path.push(inner?);
                self.rest = after;
            } else {
                return Ok(path);
            }
        }
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.takes_word("IS") {
            return match () {
                () if self.takes_word("TRUE") => Ok(Test::True),
                () if self.takes_word("FALSE") => Ok(Test::False),
                () if self.takes_word("NULL") => Ok(Test::Null),
                () => Err(format!("TRUE, FALSE or NULL is expected at '{}'", start(self.rest.trim_start()))),
            };
        }
        if self.takes_word("NOT") {
            return if self.takes_word("EXISTS") { Ok(Test::NotExists) } else { Err("EXISTS is expected after NOT".into()) };
        }
        if self.takes_word("EXISTS") {
            return Ok(Test::Exists);
        }
        let comparison = match () {
            () if self.takes("!=") => Comparison::NotEqual,
            () if self.takes("<=") => Comparison::LessOrEqual,
            () if self.takes(">=") => Comparison::GreaterOrEqual,
            () if self.takes("<") => Comparison::Less,
            () if self.takes(">") => Comparison::Greater,
            () if self.takes("=") => Comparison::Equal,
            () => return Err(format!("=, !=, <, <=, >, >=, IS or NOT EXISTS is expected at '{}'", start(self.rest.trim_start()))),
        };
        self.blanks();
        if self.rest.starts_with('=') {
            return Err("one = compares, not two".into());
        }
        if self.rest.starts_with('%') {
            return Err("this server knows no %regular expressions%: use * for any text".into());
        }
        let (text, is_quoted) = self.value()?;
        let number =
            (!is_quoted && text.len() <= MAX_DIGITS).then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite());
        match (comparison, number) {
            (comparison, Some(number)) => Ok(Test::Number(comparison, number)),
            (Comparison::Equal, None) => Ok(Test::Text(text, false)),
            (Comparison::NotEqual, None) => Ok(Test::Text(text, true)),
            (Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual, None) => {
                Err(format!("a number is expected in place of '{}'", start(&text)))
            }
        }
    }

    /// What is compared with, and whether it was in quotes.
    fn value(&mut self) -> Result<(String, bool), String> {
        if let Some(rest) = self.rest.strip_prefix('"') {
            let mut text = String::new();
            let mut letters = rest.char_indices();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '"' => {
                        self.rest = &rest[at + 1..];
                        return Ok((text, true));
                    }
                    '\\' => match letters.next() {
                        Some((_, letter @ ('"' | '\\'))) => text.push(letter),
                        Some((_, letter)) => text.extend(['\\', letter]),
                        None => break,
                    },
                    letter => text.push(letter),
                }
            }
            return Err("a quote is not closed".into());
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '(' | '&' | '|' | '"')).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("a value is expected at '{}'", start(self.rest)));
        }
        let text = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        Ok((text, false))
    }
}

/// `0]`, `*]` or `'name']`, and what comes after it.
fn bracket(text: &str) -> Option<(Result<Step, String>, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let (name, after) = quoted.split_once("']")?;
        return Some((Ok(Step::Member(name.to_owned())), after));
    }
    let (inner, after) = text.split_once(']')?;
    let step = match inner.trim() {
        "*" => Ok(Step::All),
        number => number.parse().map(Step::Index).map_err(|_| format!("'{}' is not an index", start(number))),
    };
    Some((step, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, line: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).matches(line)
    }

    #[test]
    fn terms_of_text() {
        for (pattern, line, expected) in [
            ("", "anything", true),
            ("ERROR", "[ERROR] x", true),
            ("ERROR x", "[ERROR] x", true),
            ("ERROR y", "[ERROR] x", false),
            ("\"ERROR] x\"", "[ERROR] x", true),
            ("?INFO ?ERROR", "[ERROR] x", true),
            ("?INFO ?WARN", "[ERROR] x", false),
            ("ERROR -x", "[ERROR] x", false),
            ("\"open", "an open quote", true),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
    }

    #[test]
    fn conditions_on_json() {
        let line = r#"{"level":"ERROR","code":404,"ratio":1.5,"ok":true,"no":false,"none":null,"text":"7","user":{"id":"u-1","roles":["admin","dev"]},
            "items":[{"id":1},{"id":2}],"a.b":"dotted","x-y":"dash"}"#;
        for (pattern, expected) in [
            ("{ $.level = \"ERROR\" }", true),
            ("{ $.level = ERROR }", true),
            ("{$.level=\"ERROR\"}", true),
            ("{ $.level = \"ERR*\" }", true),
            ("{ $.level = \"*R*R\" }", true),
            ("{ $.level = \"E*X\" }", false),
            ("{ $.level = \"error\" }", false),
            ("{ $.level != \"INFO\" }", true),
            ("{ $.missing != \"INFO\" }", false),
            ("{ $.code = 404 }", true),
            ("{ $.code = 4.04e2 }", true),
            ("{ $.code = 4* }", true),
            ("{ $.code > 403 }", true),
            ("{ $.code >= 404 }", true),
            ("{ $.code < 404 }", false),
            ("{ $.code <= 404 }", true),
            ("{ $.code != 404 }", false),
            ("{ $.ratio > 1.49 }", true),
            ("{ $.text = 7 }", false),
            ("{ $.text = \"7\" }", true),
            ("{ $.ok IS TRUE }", true),
            ("{ $.no IS FALSE }", true),
            ("{ $.no is true }", false),
            ("{ $.none IS NULL }", true),
            ("{ $.missing IS NULL }", false),
            ("{ $.missing NOT EXISTS }", true),
            ("{ $.none NOT EXISTS }", false),
            ("{ $.none EXISTS }", true),
            ("{ $.user.id = \"u-1\" }", true),
            ("{ $.user.roles[0] = \"admin\" }", true),
            ("{ $.user.roles[*] = \"dev\" }", true),
            ("{ $.user.roles[2] = \"dev\" }", false),
            ("{ $.items[*].id = 2 }", true),
            ("{ $.*.id = \"u-1\" }", true),
            ("{ $.['a.b'] = \"dotted\" }", true),
            ("{ $['a.b'] = \"dotted\" }", true),
            ("{ $.x-y = \"dash\" }", true),
            ("{ $.level = \"ERROR\" && $.code = 1 }", false),
            ("{ $.level = \"ERROR\" || $.code = 1 }", true),
            ("{ $.code = 1 && $.code = 2 || $.ok IS TRUE }", true),
            ("{ $.code = 1 && ($.code = 2 || $.ok IS TRUE) }", false),
            ("{ ($.level = \"ERROR\") && ($.code = 404) }", true),
            ("{ $.level = \"a \\\" b\" }", false),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
        for other in ["", "ERROR", "[1]", "{", "{\"level\":\"ERROR\"} and more"] {
            assert!(!matches("{ $.level = \"ERROR\" }", other), "{other}");
        }
        assert!(matches("{ $.q = \"a \\\" b\" }", r#"{"q":"a \" b"}"#));
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_place() {
        for (pattern, part) in [
            ("{ $.a = 1", "it ends without a '}'"),
            ("{}", "a member such as $.level is expected at ''"),
            ("{ a = 1 }", "expected at 'a = 1 '"),
            ("{ $.a }", "is expected at ''"),
            ("{ $.a = }", "a value is expected at ''"),
            ("{ $.a < x }", "a number is expected in place of 'x'"),
            ("{ $.a = \"x }", "a quote is not closed"),
            ("{ $.a[ = 1 }", "a '[' has no ']'"),
            ("{ $.a[x] = 1 }", "'x' is not an index"),
            ("{ $.a IS MAYBE }", "TRUE, FALSE or NULL"),
            ("{ $.a NOT THERE }", "EXISTS is expected after NOT"),
            ("{ ($.a = 1 }", "a '(' has no ')'"),
            ("{ $.a = 1 ) }", "nothing is expected at ') '"),
            ("{ $.a = %x% }", "regular expressions"),
            ("{ $.a == 1 }", "one = compares, not two"),
            ("{ $. = 1 }", "a member's name is expected"),
            ("[a, b]", "this server knows terms"),
        ] {
            let error = Pattern::parse(pattern).expect_err(pattern);
            assert!(error.code == Exception::LogsInvalidParameter && error.to_string().contains(part), "{pattern}: {error}");
        }
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(400), ")".repeat(400));
        assert!(Pattern::parse(&deep).expect_err("deep").to_string().contains("more than 32 parentheses"));
        assert!(Pattern::parse(&"x".repeat(1025)).expect_err("long").to_string().contains("1025 characters"));
    }
}

//! Which cases are meant: `name(~greet) and not tag(slow)`, or a part of a name.

use regex::Regex;

use super::case::Case;

/// Brackets within brackets.
const MAX_DEPTH: usize = 50;

/// An expression over names and tags.
#[derive(Debug, Clone)]
pub enum Filter {
    /// Of the name.
    Name(Matcher),
    /// Of one of the tags.
    Tag(Matcher),
    /// The case is not meant by that.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// One of them.
    Or(Box<Self>, Box<Self>),
}

/// How a text is matched.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// `=text`
    Equal(String),
    /// `~text`
    Contains(String),
    /// `/pattern/`
    Pattern(Regex),
}

impl Matcher {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Equal(whole) => text == whole,
            Self::Contains(part) => text.contains(part),
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

impl Filter {
    /// Whether the case is meant.
    pub fn matches(&self, case: &Case) -> bool {
        match self {
            Self::Name(matcher) => matcher.matches(&case.name),
            Self::Tag(matcher) => case.tags.iter().flatten().any(|tag| matcher.matches(tag)),
            Self::Not(inner) => !inner.matches(case),
            Self::And(a, b) => a.matches(case) && b.matches(case),
            Self::Or(a, b) => a.matches(case) || b.matches(case),
        }
    }
}

impl std::str::FromStr for Filter {
    type Err = String;

    /// Text without a bracket is a part of a name.
    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains('(') {
            return Ok(Self::Name(Matcher::Contains(text.trim().to_owned())));
        }
        let mut parser = Parser { text, at: 0, depth: 0 };
        let filter = parser.any_of()?;
        if parser.rest().is_empty() { Ok(filter) } else { Err(parser.expected("`and`, `or` or the end")) }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    fn expected(&mut self, what: &str) -> String {
        self.rest();
        format!("'{}', character {}: expected {what}", self.text, self.text[..self.at].chars().count() + 1)
    }

    /// Takes a word, if it is the next one.
    fn word(&mut self, word: &str) -> bool {
        let is_next = self.rest().strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(']));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    fn any_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.all_of()?;
        while self.word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        Ok(filter)
    }

    fn all_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.one()?;
        while self.word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.expected("fewer brackets within brackets"));
        }
        let filter = if self.word("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.word("name") {
            Filter::Name(self.matcher('~')?)
        } else if self.word("tag") {
            Filter::Tag(self.matcher('=')?)
        } else if self.rest().starts_with('(') {
            self.at += 1;
            let filter = self.any_of()?;
            if !self.rest().starts_with(')') {
                return Err(self.expected("`and`, `or` or `)`"));
            }
            self.at += 1;
            filter
        } else {
            return Err(self.expected("`name(...)`, `tag(...)`, `not` or `(`"));
        };
        self.depth -= 1;
        Ok(filter)
    }

    /// `(text)`, with the sign that says how it is matched or the usual one.
    fn matcher(&mut self, usual: char) -> Result<Matcher, String> {
        let Some(inner) = self.rest().strip_prefix('(') else { return Err(self.expected("`(`")) };
        if let Some(pattern) = inner.trim_start().strip_prefix('/') {
            let Some(end) = pattern.find("/)") else { return Err(self.expected("`(/pattern/)`")) };
            let regex = Regex::new(&pattern[..end]).map_err(|_| self.expected("a regular expression"))?;
            self.at = self.text.len() - pattern.len() + end + 2;
            return Ok(Matcher::Pattern(regex));
        }
        let Some(end) = inner.find(')') else {
            self.at = self.text.len();
            return Err(self.expected("`)`"));
        };
        let text = inner[..end].trim();
        let sign = text.chars().next().filter(|c| matches!(c, '=' | '~'));
        let text = if sign.is_some() { &text[1..] } else { text }.to_owned();
        self.at = self.text.len() - inner.len() + end + 1;
        Ok(if sign.unwrap_or(usual) == '=' { Matcher::Equal(text) } else { Matcher::Contains(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, tags: &[&str]) -> Case {
        Case { name: name.into(), tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()), ..Case::default() }
    }

    #[test]
    fn expressions_mean_what_they_say() {
        let case = case("greets Ada (again)", &["slow", "net"]);
        for (text, matches) in [
            ("Ada", true),
            ("ada", false),
            ("name(Ada)", true),
            ("name(=Ada)", false),
            ("name(/^greets .da/)", true),
            ("tag(slow)", true),
            ("tag(slo)", false),
            ("tag(~slo)", true),
            ("not tag(slow)", false),
            ("not tag(fast) and name(~Ada)", true),
            ("tag(fast) or tag(slow) and tag(net)", true),
            ("(tag(fast) or tag(slow)) and tag(gone)", false),
            ("not (tag(fast) or tag(gone))", true),
            ("  name( ~greets )  ", true),
        ] {
            assert_eq!(text.parse::<Filter>().expect(text).matches(&case), matches, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, place) in [
            ("name(a", "character 7: expected `)`"),
            ("name(a) name(b)", "character 9: expected `and`, `or` or the end"),
            ("size(3)", "character 1: expected `name(...)`"),
            ("name(a) and", "character 9: expected"),
            ("(name(a)", "character 9: expected"),
            ("name(/(/)", "a regular expression"),
            (&"(".repeat(100), "fewer brackets"),
        ] {
            let error = text.parse::<Filter>().expect_err(text);
            assert!(error.contains(place), "{error}");
        }
    }
}

//! Files of environment variables, as dotenv has them.

use std::collections::BTreeMap;

/// A line that is not one of such a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct DotenvError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// The variables of a file: `KEY=VALUE` on each line, with `export` before it or not; `#` begins a comment on a line of its
/// own and after white space. A value in single quotes is taken as it is; in double quotes `\n`, `\r`, `\t`, `\"`, `\\` and
/// `\$` are what they are in a shell; both may go over several lines. `$` has no other meaning: nothing is taken from this
/// machine's environment. Of a name that is there twice the last value counts.
///
/// # Errors
///
/// The first line that is wrong, with its number.
pub fn dotenv(text: &str) -> Result<BTreeMap<String, String>, DotenvError> {
    let mut variables = BTreeMap::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let all = rest;
    while !rest.is_empty() {
        let number = all[..all.len() - rest.len()].matches('\n').count() + 1;
        let wrong = |what: String| DotenvError { line: number, what };
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let statement = line.trim();
        if statement.is_empty() || statement.starts_with('#') {
            rest = after;
            continue;
        }
        let statement = statement.strip_prefix("export ").map_or(statement, str::trim_start);
        let Some((name, value)) = statement.split_once('=') else {
            return Err(wrong(format!(
                "'{statement}' is not KEY=VALUE; a variable's value is never taken from this machine's environment"
            )));
        };
        let name = name.trim_end();
        let is_name = |(i, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (i > 0 && c.is_ascii_digit());
        if name.is_empty() || !name.chars().enumerate().all(is_name) {
            return Err(wrong(format!("'{name}' is not the name of a variable: letters, digits and _, a letter first")));
        }
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                // From the quote on, over as many lines as it takes.
                let start = rest.len() - after.len() - usize::from(rest.contains('\n')) - line.trim_end_matches(['\r', ' ', '\t']).len();
                let at = start + line.trim_end_matches(['\r', ' ', '\t']).len() - value.len() + 1;
                let (value, length) =
                    quoted(&rest[at..], quote).ok_or_else(|| wrong(format!("the value of {name} has no closing {quote}")))?;
                let behind = &rest[at + length..];
                let (tail, next) = behind.split_once('\n').unwrap_or((behind, ""));
                if !tail.trim().is_empty() && !tail.trim_start().starts_with('#') {
                    return Err(wrong(format!("there is something behind the value of {name}: '{}'", tail.trim())));
                }
                rest = next;
                value
            }
            Some(_) | None => {
                rest = after;
                let comment = value.char_indices().find(|(i, c)| *c == '#' && (*i == 0 || value[..*i].ends_with([' ', '\t'])));
                comment.map_or(value, |(i, _)| &value[..i]).trim_end().to_owned()
            }
        };
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

/// What is before the closing quote, and how many bytes it and the quote take.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            c if c == quote => return Some((value, i + 1)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c @ ('"' | '\\' | '$') => value.push(c),
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_dotenv_reads_them() {
        let text = "\u{feff}# a comment\r\n\nA=1\r\nexport B = two words  # a comment\nC=\"quoted # v\\n\\\"x\\\"\\$\\d\" # more\n\
            D='as \\n it is'\nE=\nF=#none\nG=a#b\nH='two\nlines'\nI=\"a\nb\"\n  J  =  x  \nA=2\nK=$HOME\nL=\"\"";
        let read = dotenv(text).expect("variables");
        let wanted = [
            ("A", "2"),
            ("B", "two words"),
            ("C", "quoted # v\n\"x\"$\\d"),
            ("D", "as \\n it is"),
            ("E", ""),
            ("F", ""),
            ("G", "a#b"),
            ("H", "two\nlines"),
            ("I", "a\nb"),
            ("J", "x"),
            ("K", "$HOME"),
            ("L", ""),
        ];
        assert_eq!(read, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!(dotenv("").expect("none"), BTreeMap::new());
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, error) in [
            ("A=1\nHOME\n", "line 2: 'HOME' is not KEY=VALUE; a variable's value is never taken from this machine's environment"),
            ("A='\n\n'\n1B=2", "line 4: '1B' is not the name of a variable: letters, digits and _, a letter first"),
            ("export A B=1", "line 1: 'A B' is not the name of a variable: letters, digits and _, a letter first"),
            ("A=1\nB=\"x\ny", "line 2: the value of B has no closing \""),
            ("A='x' y", "line 1: there is something behind the value of A: 'y'"),
            ("=1", "line 1: '' is not the name of a variable: letters, digits and _, a letter first"),
        ] {
            assert_eq!(dotenv(text).expect_err(text).to_string(), error);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "[A-C=#'\"\\\\\n\r é]{0,30}") {
            let _ = dotenv(&text);
        }
    }
}

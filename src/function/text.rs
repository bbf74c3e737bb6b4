//! Text that comes from outside, as people see it.

use std::borrow::Cow;

/// What a text is shown as part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One line: whatever some program takes for the end of a line is escaped.
    One,
    /// Lines of their own: line ends and tabs stay.
    Many,
}

/// The text without characters that act instead of being seen: control characters, which move a terminal's cursor, set its
/// title or answer as if typed; the separators that some programs take for the end of a line; and those that change in
/// which direction text runs. All text of guests, packages, suites and arguments goes through here before a person or a
/// line-based format gets it.
pub fn escaped(text: &str, lines: Lines) -> Cow<'_, str> {
    let acts = |c: char| match c {
        '\n' | '\t' => lines == Lines::One,
        '\u{2028}' | '\u{2029}' => true,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            // As programmers know them.
            '\n' | '\t' | '\r' | '\0' if acts(c) => shown.extend(c.escape_debug()),
            c if acts(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_and_nothing_else_changes() {
        let text = "a\tb\n\u{1b}[2J\u{9b}1m\r\u{7f}é\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\0";
        let rest = "\\u{1b}[2J\\u{9b}1m\\r\\u{7f}é\\u{85}\\u{2028}\\u{2029}\\u{202e}\\u{2066}\u{feff}\\0";
        assert_eq!(escaped(text, Lines::Many), format!("a\tb\n{rest}"));
        assert_eq!(escaped(text, Lines::One), format!("a\\tb\\n{rest}"));
        assert!(matches!(escaped("plain é 'text' \\ \"", Lines::One), Cow::Borrowed(_)));
    }
}

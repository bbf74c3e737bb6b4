//! Text from outside (of a guest, a package, a suite, a request) in front of a reader: the one place that makes it harmless.
//!
//! A control character can move a terminal's cursor, set its title or answer as if somebody typed; a mark of direction can show
//! the text in another order than it has. Both are escaped here, and everything else is shown as it is.

use std::borrow::Cow;
use std::io::{self, Write};

/// Whether a character does something besides being shown: it controls a terminal, ends a line, or changes the direction of
/// the text around it.
pub fn acts(c: char) -> bool {
    let changes_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character is not seen where it stands: one that [`acts`], or that is shown as nothing or only changes what stands
/// before it. Emoji and some scripts are written with such characters.
pub fn is_hidden(c: char) -> bool {
    acts(c)
        || match c {
            // Soft hyphen, Mongolian vowel separator, Hangul fillers.
            '\u{ad}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
            // Zero widths and joiners, invisible operators and shaping marks.
            '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' => true,
            // Variation selectors, byte order mark, interlinear marks, tags.
            '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
            _ => false,
        }
}

/// Text as part of a line: at most `most` characters, counted after escaping, and `...` where there were more.
pub fn line(text: &str, most: usize) -> String {
    let mut shown = String::new();
    // One more, so that the end of the text can be told from the bound.
    for c in text.chars().take(most + 1) {
        if acts(c) { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    if let Some((end, _)) = shown.char_indices().nth(most) {
        shown.truncate(end);
        shown.push_str("...");
    }
    shown
}

/// Text of many lines: line ends and tabs stay as they are.
pub fn lines(text: &str) -> Cow<'_, str> {
    let escaped = |c: char| acts(c) && c != '\n' && c != '\t';
    if !text.contains(escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if escaped(c) { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Text of many lines as it is shown: to a terminal as [`lines`] makes it; into a pipe or file as it is.
pub fn for_reader(text: &str, to_terminal: bool) -> Cow<'_, str> {
    if to_terminal { lines(text) } else { Cow::Borrowed(text) }
}

/// Writes text of many lines to somebody who reads it, as [`lines`] makes it.
#[derive(Debug)]
pub struct Harmless<W>(pub W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The start of a text with a note of how long it is, or all of a text that is no longer than `most` characters.
pub fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        let all = text.chars().count();
        text.truncate(end);
        text.push_str(&format!("... ({all} characters)"));
    }
    text
}

/// Text within XML 1.0, attributes included, which cannot express every character.
pub fn xml(text: &str) -> Cow<'_, str> {
    let is_xml = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let plain = |c: char| !matches!(c, '<' | '>' | '&' | '"' | '\n' | '\t' | '\r') && is_xml(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            c if is_xml(c) => escaped.push(c),
            c => escaped.extend(c.escape_debug()),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_in_a_line() {
        assert_eq!(line("a/b'c\\d \"e\" e\u{301}.py", 100), "a/b'c\\d \"e\" e\u{301}.py", "what is harmless stays");
        assert_eq!(line("é\u{1b}[2J\0\n\u{202e}\u{9b}c\u{2028}", 100), "é\\u{1b}[2J\\0\\n\\u{202e}\\u{9b}c\\u{2028}");
        assert_eq!((line("abcdef", 6), line("abcdef", 3)), ("abcdef".into(), "abc...".into()));
        assert_eq!(line(&"\u{1b}".repeat(200), 120).chars().count(), 123, "the bound is on what is shown");
    }

    #[test]
    fn what_is_hidden_includes_what_acts() {
        let all = || ('\0'..=char::MAX).filter(|c| is_hidden(*c));
        assert!(('\0'..=char::MAX).filter(|c| acts(*c)).all(is_hidden));
        assert_eq!((all().count(), all().filter(|c| acts(*c)).count()), (4216, 79));
        for shown in ['a', ' ', '\u{a0}', 'é', '\u{301}', '漢', '🦀', '\u{fffd}'] {
            assert!(!is_hidden(shown), "{shown}");
        }
    }

    #[test]
    fn lines_keep_their_ends() {
        assert_eq!(lines("a\tb\n\u{1b}[2J\u{9b}1m\r\u{7f}é\u{2066}"), "a\tb\n\\u{1b}[2J\\u{9b}1m\\r\\u{7f}é\\u{2066}");
        assert!(matches!(lines("a\tb\né"), Cow::Borrowed(_)));
        assert_eq!((for_reader("\u{1b}[2J", true), for_reader("\u{1b}[2J", false)), ("\\u{1b}[2J".into(), "\u{1b}[2J".into()));
        let mut harmless = Harmless(Vec::new());
        harmless.write_all(b"a\n\x1b[2J").expect("a vector takes all");
        assert_eq!(harmless.0, b"a\n\\u{1b}[2J");
    }

    #[test]
    fn a_text_that_is_cut_says_how_long_it_was() {
        assert_eq!(cut("äbc".into(), 3), "äbc");
        assert_eq!(cut("äbcd".into(), 3), "äbc... (4 characters)");
    }

    #[test]
    fn xml_holds_what_xml_can() {
        assert_eq!(xml("<a b=\"&\">\u{0}\u{1b}\u{ffff}\n]]>"), "&lt;a b=&quot;&amp;&quot;&gt;\\0\\u{1b}\\u{ffff}&#10;]]&gt;");
        assert_eq!(xml("a\rb\tc"), "a\\rb&#9;c");
        assert!(matches!(xml("plain"), Cow::Borrowed(_)));
    }
}

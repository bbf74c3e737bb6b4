//! Text from outside, as a page may show it.

use std::fmt;

use crate::text;

/// Text that a function, a package or a caller wrote. Where it is displayed, characters that cannot be seen, or that change
/// how others are read (controls, directions, joiners), stand there as `[U+202E]`. Markup is the templates' business: they
/// escape everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl Text {
    /// The first `limit` characters, and that there are more.
    pub(super) fn cut(text: &str, limit: usize) -> Self {
        match text.char_indices().nth(limit) {
            Some((end, _)) => Self(format!("{}…", &text[..end])),
            None => Self(text.to_owned()),
        }
    }

    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Option<String>> for Text {
    fn from(text: Option<String>) -> Self {
        Self(text.unwrap_or_default())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = 0;
        for (at, c) in self.0.char_indices().filter(|(_, c)| text::is_hidden(*c) && !matches!(c, '\n' | '\t')) {
            f.write_str(&self.0[plain..at])?;
            write!(f, "[U+{:04X}]", u32::from(c))?;
            plain = at + c.len_utf8();
        }
        f.write_str(&self.0[plain..])
    }
}

/// A path segment or the value of a query, with everything but letters, digits and `-_.~` as percent signs.
pub(super) fn encoded(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        for (text, shown) in [
            ("plain é 漢 🦀\n\tx", "plain é 漢 🦀\n\tx"),
            ("a\u{202e}b\u{0}c\u{1b}[31m", "a[U+202E]b[U+0000]c[U+001B][31m"),
            ("\u{feff}\u{200b}\r\u{85}\u{e0041}", "[U+FEFF][U+200B][U+000D][U+0085][U+E0041]"),
            ("", ""),
        ] {
            assert_eq!(Text::from(text).to_string(), shown);
        }
        assert_eq!(Text::cut("häuser", 2).to_string(), "hä…");
        assert_eq!(Text::cut("häuser", 6).to_string(), "häuser");
    }

    #[test]
    fn nothing_leaves_its_place_in_an_address() {
        assert_eq!(encoded("a/b?c#d&e=\"<é"), "a%2Fb%3Fc%23d%26e%3D%22%3C%C3%A9");
    }
}

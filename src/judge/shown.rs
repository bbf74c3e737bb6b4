//! Two texts that differ, shown so that the difference can be seen.

use serde_json::Value;

/// Both texts in quotes, as JSON. Between the first and the last difference, combining and invisible characters are
/// escaped; where the texts differ in a character that is not plain ASCII, the second one is followed by its number.
pub(super) fn strings(expected: &str, got: &str) -> (String, String) {
    let pairs = expected.chars().zip(got.chars());
    let same = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    let (a, b) = (&expected[same..], &got[same..]);
    let pairs = a.chars().rev().zip(b.chars().rev());
    let same_end = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    let (a, b) = (&a[..a.len() - same_end], &b[..b.len() - same_end]);
    let shown = |text: &str, middle: &str| {
        let (before, after) = (&text[..same], &text[same + middle.len()..]);
        format!("\"{}{}{}\"", inside(before), visible(middle), inside(after))
    };
    let (first_expected, first_got) = (expected[same..].chars().next(), got[same..].chars().next());
    let name = |c: Option<char>| c.map_or_else(|| "the end".to_owned(), |c| format!("U+{:04X}", u32::from(c)));
    let note = if [first_expected, first_got].into_iter().flatten().all(|c| (' '..='~').contains(&c)) {
        String::new()
    } else {
        let number = expected[..same].chars().count() + 1;
        format!(" (character {number} is {}, not {})", name(first_got), name(first_expected))
    };
    (shown(expected, a), shown(got, b) + &note)
}

/// As it is between the quotes of JSON.
fn inside(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The same, with escapes for what cannot be seen by itself: combining marks, spaces that are not the plain one, marks of
/// direction, and the like.
fn visible(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() || c.escape_debug().count() == 1 {
            out += &inside(c.encode_utf8(&mut [0; 4]));
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped_where_it_differs() {
        for (expected, got, shown) in [
            ("café!", "cafe\u{301}!", ("\"café!\"", "\"cafe\\u0301!\" (character 4 is U+0065, not U+00E9)")),
            ("a b", "a\u{a0}b", ("\"a b\"", "\"a\\u00a0b\" (character 2 is U+00A0, not U+0020)")),
            ("ab", "a\u{200b}b", ("\"ab\"", "\"a\\u200bb\" (character 2 is U+200B, not U+0062)")),
            ("a", "\u{430}", ("\"a\"", "\"\u{430}\" (character 1 is U+0430, not U+0061)")),
            ("a", "a\n", ("\"a\"", "\"a\\n\" (character 2 is U+000A, not the end)")),
            ("kitten", "sitten", ("\"kitten\"", "\"sitten\"")),
            ("a", "a ", ("\"a\"", "\"a \"")),
            ("e\u{301}x", "e\u{301}y", ("\"e\u{301}x\"", "\"e\u{301}y\"")),
            ("", "\u{1f3fb}", ("\"\"", "\"\u{1f3fb}\" (character 1 is U+1F3FB, not the end)")),
            ("aa", "a", ("\"aa\"", "\"a\"")),
        ] {
            assert_eq!(strings(expected, got), (shown.0.to_owned(), shown.1.to_owned()));
        }
    }
}

//! JSON as the judge sees it: its text, and an index of where each value begins and ends.
//!
//! A guest decides what its result looks like, so a tree of values would let it decide how much memory the host takes: three
//! million zeroes are 6 MB of text and 300 MB as `serde_json::Value`. The index takes twelve bytes for each value and the
//! numbers stay digits, so no key that an input may have can pass for one of serde_json's own marks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Arrays and objects in one another: serde_json's own limit, which bounds recursion over a value too.
const MAX_DEPTH: usize = 127;

/// A JSON text that was checked, with an index of its values.
#[derive(Clone)]
pub struct Json {
    text: Box<str>,
    nodes: Box<[JsonNode]>,
}

/// One value, or the key of a member: where it is in the text, and the number of the node after all that is in it.
#[derive(Debug, Clone, Copy)]
struct JsonNode {
    start: u32,
    end: u32,
    after: u32,
}

/// Why a text is not JSON that can be compared.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The bytes are no UTF-8.
    #[error(transparent)]
    NotUtf8(#[from] std::str::Utf8Error),
    /// The parser's words.
    #[error(transparent)]
    NotJson(#[from] serde_json::Error),
    /// Deeper than a comparison goes.
    #[error("more than {MAX_DEPTH} arrays and objects lie in one another")]
    TooDeep,
    /// Longer than an index can count.
    #[error("it has 4 GiB or more")]
    TooLong,
}

/// The types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Json {
    /// Checks a text and indexes it.
    ///
    /// # Errors
    /// When it is no JSON, or deeper than 127 arrays and objects in one another.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes)?;
        let checked: &RawValue = serde_json::from_str(text)?;
        let text = checked.get();
        Ok(Self { nodes: index(text)?.into(), text: text.into() })
    }

    /// As [`Json::parse`], with `NaN`, `Infinity` and `-Infinity` in the place of numbers, as Python's own json writes them:
    /// one of them must not keep the rest of a result from being compared. They are equal to no number of a suite.
    ///
    /// # Errors
    /// As [`Json::parse`].
    pub fn parse_result(bytes: &[u8]) -> Result<Self, JsonError> {
        Self::parse(bytes).or_else(|error| {
            let text = std::str::from_utf8(bytes)?;
            let Some(plain) = without_special(text) else { return Err(error) };
            serde_json::from_str::<&RawValue>(&plain)?;
            let text = text.trim_matches([' ', '\t', '\n', '\r']);
            Ok(Self { nodes: index(text)?.into(), text: text.into() })
        })
    }

    /// The text, as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn root(&self) -> View<'_> {
        View { json: self, node: 0 }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The same text: two ways to write one value are not equal here.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Json {}

impl Default for Json {
    fn default() -> Self {
        Self { text: "null".into(), nodes: Box::new([JsonNode { start: 0, end: 4, after: 1 }]) }
    }
}

/// What Python writes for numbers that JSON lacks, and a number of the same length.
const SPECIAL: [(&str, &str); 3] = [("-Infinity", "-1.000000"), ("Infinity", "1.000000"), ("NaN", "1e0")];

/// The same text with a number for each special one that stands where a value can; `None` if there is none.
fn without_special(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = String::with_capacity(text.len());
    let (mut at, mut copied, mut found) = (0, 0, false);
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' {
            at = string_end(bytes, at);
            continue;
        }
        let special = SPECIAL.iter().find(|(name, _)| bytes[at..].starts_with(name.as_bytes()));
        let Some((name, number)) = special else {
            at += 1;
            continue;
        };
        let stands = |byte: Option<&u8>| byte.is_none_or(|byte| b" \t\n\r,:[]{}".contains(byte));
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        if !stands(before) || !stands(bytes.get(at + name.len())) {
            return None;
        }
        plain += &text[copied..at];
        plain += number;
        at += name.len();
        (copied, found) = (at, true);
    }
    plain += &text[copied..];
    found.then_some(plain)
}

/// The nodes of a text that is JSON, in its order; a container comes before what is in it, a key before its value.
fn index(text: &str) -> Result<Vec<JsonNode>, JsonError> {
    let bytes = text.as_bytes();
    if u32::try_from(bytes.len()).is_err() {
        return Err(JsonError::TooLong);
    }
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX); // nodes are at most as many as bytes
    let mut nodes: Vec<JsonNode> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => at += 1,
            b'[' | b'{' => {
                if open.len() == MAX_DEPTH {
                    return Err(JsonError::TooDeep);
                }
                open.push(nodes.len());
                at += 1;
                nodes.push(JsonNode { start: number(start), end: 0, after: 0 });
            }
            b']' | b'}' => {
                at += 1;
                let after = number(nodes.len());
                if let Some(node) = open.pop().and_then(|opened| nodes.get_mut(opened)) {
                    (node.end, node.after) = (number(at), after);
                }
            }
            _ => {
                at = if byte == b'"' { string_end(bytes, start) } else { scalar_end(bytes, start) };
                // What is half of a character has no text that could be compared.
                if byte == b'"' && text[start..at].contains("\\u") {
                    serde_json::from_str::<String>(&text[start..at])?;
                }
                nodes.push(JsonNode { start: number(start), end: number(at), after: number(nodes.len() + 1) });
            }
        }
    }
    Ok(nodes)
}

/// After the closing quotation mark.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// After a number or a word.
fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\n' | b'\r');
    bytes[start..].iter().position(ends).map_or(bytes.len(), |length| start + length)
}

/// A value inside of a [`Json`].
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    json: &'a Json,
    node: u32,
}

impl<'a> View<'a> {
    fn at(self) -> JsonNode {
        self.json.nodes[self.node as usize]
    }

    /// As it is written.
    pub(super) fn text(self) -> &'a str {
        let JsonNode { start, end, .. } = self.at();
        &self.json.text[start as usize..end as usize]
    }

    pub(super) fn kind(self) -> JsonKind {
        match self.text().as_bytes().first() {
            Some(b'n') => JsonKind::Null,
            Some(b't' | b'f') => JsonKind::Boolean,
            Some(b'"') => JsonKind::String,
            Some(b'[') => JsonKind::Array,
            Some(b'{') => JsonKind::Object,
            _ => JsonKind::Number,
        }
    }

    /// Whether it is a `NaN` or an infinity.
    pub(super) fn is_special(self) -> bool {
        SPECIAL.iter().any(|(name, _)| *name == self.text())
    }

    /// A string's value.
    pub(super) fn string(self) -> Option<Cow<'a, str>> {
        (self.kind() == JsonKind::String).then(|| unquoted(self.text()))
    }

    /// An array's elements; nothing for other values.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let is_array = self.kind() == JsonKind::Array;
        self.inside().filter(move |_| is_array)
    }

    /// What lies directly inside: elements, or keys and values in turn.
    fn inside(self) -> impl Iterator<Item = Self> {
        let Self { json, node } = self;
        let after = self.at().after;
        let nodes = std::iter::successors(Some(node + 1), |child| Some(json.nodes.get(*child as usize)?.after));
        nodes.take_while(move |child| *child < after).map(move |node| Self { json, node })
    }

    /// An object's members; nothing for other values.
    pub(super) fn members(self) -> Members<'a> {
        let mut members = Members { list: Vec::new(), places: HashMap::new() };
        if self.kind() == JsonKind::Object {
            let mut inside = self.inside();
            while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
                members.add(unquoted(key.text()), value);
            }
        }
        members
    }

    /// One member of an object: the last of that name, as every parser has it.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        let mut found = None;
        if self.kind() == JsonKind::Object {
            let mut inside = self.inside();
            while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
                if unquoted(key.text()) == name {
                    found = Some(value);
                }
            }
        }
        found
    }

    /// Without the space between values and with characters as they are, as far as `bytes` go; whether that was all.
    pub(super) fn compact(self, bytes: usize) -> (String, bool) {
        let mut out = String::new();
        let whole = self.write(&mut out, bytes);
        (out, whole)
    }

    fn write(self, out: &mut String, bytes: usize) -> bool {
        if out.len() > bytes {
            return false;
        }
        match self.kind() {
            JsonKind::Null | JsonKind::Boolean | JsonKind::Number => push(out, self.text(), bytes),
            JsonKind::String => push_string(out, self.text(), bytes),
            JsonKind::Array => {
                out.push('[');
                for (i, element) in self.elements().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    if !element.write(out, bytes) {
                        return false;
                    }
                }
                out.push(']');
                true
            }
            JsonKind::Object => {
                out.push('{');
                let mut inside = self.inside();
                let mut is_first = true;
                while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
                    if !std::mem::take(&mut is_first) {
                        out.push(',');
                    }
                    if !push_string(out, key.text(), bytes) {
                        return false;
                    }
                    out.push(':');
                    if !value.write(out, bytes) {
                        return false;
                    }
                }
                out.push('}');
                true
            }
        }
    }
}

/// Adds a text, or its start.
fn push(out: &mut String, text: &str, bytes: usize) -> bool {
    let end = text.floor_char_boundary(bytes.saturating_sub(out.len()));
    out.push_str(&text[..end]);
    end == text.len()
}

fn push_string(out: &mut String, quoted: &str, bytes: usize) -> bool {
    if !quoted.contains('\\') {
        return push(out, quoted, bytes);
    }
    push(out, &serde_json::Value::from(unquoted(quoted)).to_string(), bytes)
}

/// The value of a string that is known to be JSON's.
fn unquoted(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        serde_json::from_str(text).map_or_else(|_| Cow::Borrowed(text), Cow::Owned)
    } else {
        Cow::Borrowed(text.get(1..text.len() - 1).unwrap_or(text))
    }
}

/// The members of an object, in the order of their first naming; of those with one name the last counts.
pub(super) struct Members<'a> {
    list: Vec<(Cow<'a, str>, View<'a>)>,
    /// Of a longer list, where each name is.
    places: HashMap<Cow<'a, str>, u32>,
}

/// Members that are looked through one by one.
const FEW: usize = 16;

impl<'a> Members<'a> {
    fn add(&mut self, key: Cow<'a, str>, value: View<'a>) {
        if let Some(place) = self.place(&key) {
            self.list[place].1 = value;
            return;
        }
        if self.list.len() == FEW {
            self.places = (0..).zip(&self.list).map(|(place, (key, _))| (key.clone(), place)).collect();
        }
        if self.list.len() >= FEW {
            self.places.insert(key.clone(), u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        }
        self.list.push((key, value));
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.list.len() <= FEW {
            self.list.iter().position(|(key, _)| key == name)
        } else {
            self.places.get(name).map(|place| *place as usize)
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<View<'a>> {
        self.place(name).map(|place| self.list[place].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, View<'a>)> {
        self.list.iter().map(|(key, value)| (&**key, *value))
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

/// From any format: numbers keep their digits where the format has them.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::new();
        Writer(&mut text).deserialize(deserializer)?;
        let nodes = index(&text).map_err(de::Error::custom)?;
        Ok(Self { text: text.into(), nodes: nodes.into() })
    }
}

/// Writes whatever is read as JSON.
struct Writer<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A key of an object; or what serde_json says before a number, if its digits are to be kept: an object of one member.
enum Key {
    Name(String),
    OfNumber,
}

/// Asks for a key in a way that tells the two apart. A key of the input, whatever it says, comes as the inside of a new
/// type, because that is what was asked for; serde_json's own mark comes as a string, whatever is asked for.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_newtype_struct("Key", self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Key;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        String::deserialize(deserializer).map(Key::Name)
    }
    fn visit_str<E>(self, _: &str) -> Result<Key, E> {
        Ok(Key::OfNumber)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }
    fn visit_none<E>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.push_str(&value.to_string());
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.push_str(&value.to_string());
        Ok(())
    }
    fn visit_i128<E>(self, value: i128) -> Result<(), E> {
        self.0.push_str(&value.to_string());
        Ok(())
    }
    fn visit_u128<E>(self, value: u128) -> Result<(), E> {
        self.0.push_str(&value.to_string());
        Ok(())
    }
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // JSON has neither infinity nor NaN.
        self.0.push_str(&serde_json::Number::from_f64(value).map_or("null".into(), |number| number.to_string()));
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.push_str(&serde_json::Value::from(value).to_string());
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.push('[');
        let mut is_first = true;
        loop {
            let before = self.0.len();
            if !std::mem::take(&mut is_first) {
                self.0.push(',');
            }
            if seq.next_element_seed(Writer(self.0))?.is_none() {
                self.0.truncate(before);
                break;
            }
        }
        self.0.push(']');
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_first = true;
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key {
                Key::OfNumber => {
                    self.0.push_str(&map.next_value::<String>()?);
                    return Ok(());
                }
                Key::Name(name) => {
                    self.0.push(if std::mem::take(&mut is_first) { '{' } else { ',' });
                    self.0.push_str(&serde_json::Value::from(name).to_string());
                    self.0.push(':');
                    map.next_value_seed(Writer(self.0))?;
                }
            }
        }
        self.0.push_str(if is_first { "{}" } else { "}" });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn special_numbers_are_values_of_results_only() {
        for text in [r#"{"mean":NaN,"n":[-Infinity,Infinity,1]}"#, "NaN", r#"["NaN",NaN,"\"",NaN,"é\\"]"#] {
            let value = Json::parse_result(text.as_bytes()).expect(text);
            assert_eq!(value.root().compact(1000), (text.to_owned(), true));
            assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
        }
        for text in ["", "{", "nan", "NaNa", "NaN5", "1NaN", "{NaN: 1}", "[NaN", "[1 NaN]", "-NaN", "\"\\"] {
            assert!(Json::parse_result(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Json::parse_result(b"[NaN, \xff]").is_err());
        assert!(Json::parse_result(b" NaN ").expect("a value").root().is_special());
        assert!(!Json::parse_result(b"1e400").expect("a value").root().is_special());
    }

    #[test]
    fn an_index_has_every_value() {
        let json = parse(" {\"a\" : [1, -2.50e+3, \"x\\\"]\", []], \"b\":{}, \"\\u0061\": null} ");
        let members = json.root().members();
        let shown: Vec<String> = members.iter().map(|(key, value)| format!("{key}={}", value.text())).collect();
        assert_eq!(shown, ["a=null", "b={}"], "the last of a name counts, at the first one's place");
        assert_eq!(json.root().member("a").map(View::text), Some("null"));
        let json = parse("[1, -2.50e+3, \"x\\\"]\", [], [[0]], true]");
        let texts: Vec<&str> = json.root().elements().map(View::text).collect();
        assert_eq!(texts, ["1", "-2.50e+3", "\"x\\\"]\"", "[]", "[[0]]", "true"]);
        assert_eq!(json.root().elements().nth(2).and_then(View::string).as_deref(), Some("x\"]"));
    }

    #[test]
    fn many_members_are_found_by_name() {
        for count in [1, FEW - 1, FEW, FEW + 1, 5 * FEW] {
            let text: Vec<String> = (0..count).chain(0..count).map(|i| format!("\"k{i}\":{i}")).collect();
            let json = parse(&format!("{{{}}}", text.join(",")));
            let members = json.root().members();
            assert_eq!(members.len(), count);
            assert!((0..count).all(|i| members.get(&format!("k{i}")).map(View::text) == Some(&i.to_string())), "{count}");
            assert!(members.get("k").is_none());
        }
    }

    #[test]
    fn depth_is_bounded_and_half_characters_are_none() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(matches!(Json::parse(nested(MAX_DEPTH + 1).as_bytes()), Err(JsonError::TooDeep)));
        assert!(Json::parse(nested(100_000).as_bytes()).is_err());
        assert!(Json::parse(br#""\ud83d\ude00""#).is_ok());
        assert!(Json::parse(br#""\ud83d""#).is_err());
        assert!(Json::parse(b"\"\xff\"").is_err());
        for text in ["", "[1,]", "NaN", "1 2", "{\"a\"}", "01", "\"\t\""] {
            assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn no_key_passes_for_a_mark_of_the_parser() {
        for text in [
            r#"{"$serde_json::private::Number":"42"}"#,
            r#"{"$serde_json::private::RawValue":"{}"}"#,
            r#"{"a":[{"$serde_json::private::Number":"42","b":1.50}]}"#,
            r#"[1e+400,12345678901234567890123456789,-0.10,{},[]]"#, // the sign is the parser's way to write it
        ] {
            let json: Json = serde_json::from_str(text).expect(text);
            assert_eq!(json.text(), text);
            let json: Json = serde_norway::from_str(text).expect(text);
            assert_eq!(json.root().kind(), parse(text).root().kind(), "{text} in YAML");
            assert!(!text.contains("private") || json.text() == text.replace("1.50", "1.5"), "{}", json.text());
        }
    }

    #[test]
    fn what_is_shown_is_compact_and_bounded() {
        let json = parse("{ \"a\" : [ 1, \"\\u00e9\\n\" ] }");
        assert_eq!(json.root().compact(100), ("{\"a\":[1,\"é\\n\"]}".into(), true));
        let (start, whole) = parse(&format!("[{}0]", "0,".repeat(1000))).root().compact(50);
        assert!(!whole && start.starts_with("[0,0,") && start.len() < 60, "{start}");
        let (start, whole) = parse(&format!("\"{}\"", "é".repeat(1000))).root().compact(50);
        assert!(!whole && start.len() <= 50, "{start}");
    }

    proptest! {
        #[test]
        fn what_serde_json_reads_is_read_the_same(text in "[\\[\\]{}:,0-9a\"\\\\u \\-.e]{0,12}") {
            let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
            let json = Json::parse(text.as_bytes());
            prop_assert_eq!(value.is_ok(), json.is_ok());
            if let (Ok(value), Ok(json)) = (value, json) {
                let again: serde_json::Value = serde_json::from_str(&json.root().compact(usize::MAX).0).expect("JSON");
                prop_assert_eq!(again, value);
            }
        }
    }
}

//! A request's members, merged from path, query, headers and body into one JSON object, with the types of the model.
//!
//! The body is read along the model in one pass: what no shape has is skipped without being kept, so a large body cannot
//! become a much larger tree of values.

use std::cell::{Cell, RefCell};
use std::fmt;

use http::HeaderMap;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{self, cut};
use super::model::{Location, MODEL, Member, Operation, Shape, ShapeId, ShapeKind};
use super::route::{Route, decode};
use crate::control::ApiError;

/// Values that the body of one request may have: more than any request within the model's bounds needs.
const MAX_VALUES: usize = 100_000;

/// Reads the members of a request. A body that is one member as a whole, as the payload of `Invoke`, is left out.
///
/// # Errors
/// When text is not JSON, has the wrong type, is not valid percent-encoding or is not UTF-8.
pub(super) fn members(route: &Route<'_>, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let (members, payload) = MODEL.structure(route.operation.input);
    let mut object = match payload {
        None if members.iter().any(|member| member.location == Location::Body) => read_body(route.operation, body)?,
        _ => Map::new(),
    };
    for member in members {
        let value = match member.location {
            Location::Uri => {
                let label = route.labels.iter().find(|(name, _)| *name == member.wire);
                label.map(|(_, text)| from_text(member, text)).transpose()?
            }
            Location::Query => from_query(member, query)?,
            Location::Header => match headers.get(&member.wire) {
                Some(value) => {
                    let text = value.to_str().map_err(|_| error::serialization(format!("header {} is not text", member.wire)))?;
                    Some(from_text(member, text)?)
                }
                None => None,
            },
            Location::Body | Location::StatusCode => None,
        };
        if let Some(value) = value {
            object.insert(member.name.clone(), value);
        }
    }
    Ok(object)
}

fn from_query(member: &Member, query: &str) -> Result<Option<Value>, ApiError> {
    let mut found = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, text) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key)? == member.wire.as_str() {
            // Query strings write a blank as a plus sign, and a plus sign as %2B.
            let text = if text.contains('+') { text.replace('+', "%20") } else { text.to_owned() };
            found.push(decode(&text)?.into_owned());
        }
    }
    if let ShapeKind::List(element) = MODEL.shape(member.shape).kind {
        let values: Result<Vec<Value>, _> = found.iter().map(|text| scalar(MODEL.shape(element), text, &member.name)).collect();
        return values.map(|values| (!values.is_empty()).then_some(Value::Array(values)));
    }
    found.first().map(|text| from_text(member, text)).transpose()
}

fn from_text(member: &Member, text: &str) -> Result<Value, ApiError> {
    scalar(MODEL.shape(member.shape), text, &member.name)
}

/// A value that travels as plain text.
fn scalar(shape: &Shape, text: &str, name: &str) -> Result<Value, ApiError> {
    let wrong = |kind| error::serialization(format!("'{}' at '{}' can not be converted to {kind}", cut(text), lower(name)));
    match shape.kind {
        ShapeKind::Whole => text.parse::<i64>().map(Value::from).map_err(|_| wrong("an Integer")),
        ShapeKind::Real => text.parse().ok().and_then(Number::from_f64).map(Value::Number).ok_or_else(|| wrong("a Double")),
        ShapeKind::Boolean => text.parse::<bool>().map(Value::Bool).map_err(|_| wrong("a Boolean")),
        ShapeKind::Text
        | ShapeKind::Blob
        | ShapeKind::Timestamp
        | ShapeKind::List(_)
        | ShapeKind::Map { .. }
        | ShapeKind::Structure { .. } => Ok(text.into()),
    }
}

/// A member's name as AWS's messages write it.
pub(super) fn lower(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + characters.as_str())
}

fn read_body(operation: &Operation, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let left = Cell::new(MAX_VALUES);
    let wrong_type = RefCell::new(None);
    let seed = Reader { shape: operation.input, path: "", left: &left, wrong_type: &wrong_type };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    match read {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(wrong_type.take().map_or_else(|| error::not_json(&error.to_string()), error::serialization)),
    }
}

/// Reads one value along its shape. Text of a blob stays base64.
#[derive(Clone, Copy)]
struct Reader<'a> {
    shape: ShapeId,
    /// Of the value, as messages write it; empty for the body itself.
    path: &'a str,
    /// Values that may still come.
    left: &'a Cell<usize>,
    /// Why reading ended, where the text is JSON.
    wrong_type: &'a RefCell<Option<String>>,
}

impl Reader<'_> {
    fn wrong<E: serde::de::Error>(&self, given: &str) -> E {
        let expected = match MODEL.shape(self.shape).kind {
            ShapeKind::Structure { .. } | ShapeKind::Map { .. } => "a Structure",
            ShapeKind::List(_) => "a List",
            ShapeKind::Text => "a String",
            ShapeKind::Blob => "a Blob",
            ShapeKind::Whole => "an Integer",
            ShapeKind::Real => "a Double",
            ShapeKind::Boolean => "a Boolean",
            ShapeKind::Timestamp => "a Timestamp",
        };
        let place = if self.path.is_empty() { "the body" } else { self.path };
        self.refuse(format!("{given} can not be converted to {expected} at '{place}'"))
    }

    fn refuse<E: serde::de::Error>(&self, message: String) -> E {
        self.wrong_type.replace(Some(message));
        E::custom("of a wrong type")
    }

    fn child<'b>(&'b self, shape: ShapeId, path: &'b str) -> Reader<'b> {
        Reader { shape, path, left: self.left, wrong_type: self.wrong_type }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { lower(name) } else { format!("{}.{}", self.path, lower(name)) }
    }

    fn number<E: serde::de::Error>(&self, text: &str) -> Result<Value, E> {
        match MODEL.shape(self.shape).kind {
            ShapeKind::Whole => match text.parse::<i64>() {
                Ok(whole) => Ok(whole.into()),
                // As AWS: a fraction is cut off.
                Err(_) => match text.parse::<f64>().map(f64::trunc) {
                    #[expect(clippy::cast_possible_truncation, reason = "within the bounds of both")]
                    Ok(whole) if whole.abs() < 9e15 => Ok((whole as i64).into()),
                    _ => Err(self.wrong("NUMBER_VALUE")),
                },
            },
            ShapeKind::Real | ShapeKind::Timestamp => match text.parse().ok().and_then(Number::from_f64) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(self.wrong("NUMBER_VALUE")),
            },
            ShapeKind::Text
            | ShapeKind::Blob
            | ShapeKind::Boolean
            | ShapeKind::List(_)
            | ShapeKind::Map { .. }
            | ShapeKind::Structure { .. } => Err(self.wrong("NUMBER_VALUE")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(self.refuse(format!("the body has more than {MAX_VALUES} values")));
        };
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

/// Under this key `serde_json` hands out a number as it is written. No member of the API is called so; a client that sends
/// such an object has sent a number.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, given: bool) -> Result<Value, E> {
        match MODEL.shape(self.shape).kind {
            ShapeKind::Boolean => Ok(given.into()),
            ShapeKind::Text
            | ShapeKind::Blob
            | ShapeKind::Whole
            | ShapeKind::Real
            | ShapeKind::Timestamp
            | ShapeKind::List(_)
            | ShapeKind::Map { .. }
            | ShapeKind::Structure { .. } => Err(self.wrong(if given { "TRUE_VALUE" } else { "FALSE_VALUE" })),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, given: i64) -> Result<Value, E> {
        self.number(&given.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, given: u64) -> Result<Value, E> {
        self.number(&given.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, given: f64) -> Result<Value, E> {
        self.number(&given.to_string())
    }

    fn visit_str<E: serde::de::Error>(self, given: &str) -> Result<Value, E> {
        self.visit_string(given.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, given: String) -> Result<Value, E> {
        match MODEL.shape(self.shape).kind {
            ShapeKind::Text | ShapeKind::Blob | ShapeKind::Timestamp => Ok(Value::String(given)),
            ShapeKind::Boolean
            | ShapeKind::Whole
            | ShapeKind::Real
            | ShapeKind::List(_)
            | ShapeKind::Map { .. }
            | ShapeKind::Structure { .. } => Err(self.wrong("STRING_VALUE")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let ShapeKind::List(element) = MODEL.shape(self.shape).kind else {
            return Err(self.wrong("START_ARRAY"));
        };
        let mut list = Vec::new();
        let path = if self.path.is_empty() { String::new() } else { format!("{}.member", self.path) };
        while let Some(value) = elements.next_element_seed(self.child(element, &path))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let shape = MODEL.shape(self.shape);
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER {
                return self.number(&entries.next_value::<String>()?);
            }
            match &shape.kind {
                ShapeKind::Structure { members, .. } => {
                    match members.iter().find(|member| member.location == Location::Body && member.wire == key) {
                        Some(member) => {
                            let value = entries.next_value_seed(self.child(member.shape, &self.path_of(&member.name)))?;
                            if !value.is_null() {
                                object.insert(member.name.clone(), value);
                            }
                        }
                        None => drop(entries.next_value::<IgnoredAny>()?),
                    }
                }
                ShapeKind::Map { value, .. } => {
                    let value = entries.next_value_seed(self.child(*value, &format!("{}.{key}", self.path)))?;
                    object.insert(key, value);
                }
                ShapeKind::Whole
                | ShapeKind::Real
                | ShapeKind::Timestamp
                | ShapeKind::Text
                | ShapeKind::Blob
                | ShapeKind::Boolean
                | ShapeKind::List(_) => break,
            }
        }
        if !matches!(shape.kind, ShapeKind::Structure { .. } | ShapeKind::Map { .. }) {
            return Err(self.wrong("START_OBJECT"));
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::super::route::route;
    use super::*;

    fn read(method: &str, target: &str, headers: &[(&'static str, &'static str)], body: &str) -> Result<Value, String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let route = route(method, path, query).expect("an operation");
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))).collect();
        members(&route, query, &headers, body.as_bytes())
            .map(Value::Object)
            .map_err(|error| format!("{}: {}", error.code.name(), error.message.unwrap_or_default()))
    }

    #[test]
    fn members_come_from_everywhere() {
        let read = |method, target, headers, body| read(method, target, headers, body).expect("reads");
        assert_eq!(
            read("GET", "/2015-03-31/functions?MaxItems=7&Marker=a%2Bb+c&x=1", &[], ""),
            serde_json::json!({"Marker": "a+b c", "MaxItems": 7})
        );
        assert_eq!(
            read("DELETE", "/2017-03-31/tags/arn%3Ax?tagKeys=a&tagKeys=b", &[], ""),
            serde_json::json!({"Resource": "arn:x", "TagKeys": ["a", "b"]})
        );
        assert_eq!(read("GET", "/2018-10-31/layers/l/versions/3", &[], ""), serde_json::json!({"LayerName": "l", "VersionNumber": 3}));
        assert_eq!(
            read("POST", "/2015-03-31/functions/f/invocations?Qualifier=1", &[("x-amz-log-type", "Tail")], "not looked at"),
            serde_json::json!({"FunctionName": "f", "LogType": "Tail", "Qualifier": "1"})
        );
        let body = r#"{"FunctionName": "f", "Unknown": [[{}]], "MemorySize": 512.9, "Publish": true, "Layers": ["a"], "Role": null,
            "Code": {"ZipFile": "UEs=", "Other": 1}, "Environment": {"Variables": {"A": "b"}}}"#;
        assert_eq!(
            read("POST", "/2015-03-31/functions", &[], body),
            serde_json::json!({"FunctionName": "f", "MemorySize": 512, "Publish": true, "Layers": ["a"],
                "Code": {"ZipFile": "UEs="}, "Environment": {"Variables": {"A": "b"}}})
        );
        let body = r#"{"Name": "a", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}}}"#;
        let read = read("POST", "/2015-03-31/functions/f/aliases", &[], body);
        assert_eq!(read["RoutingConfig"]["AdditionalVersionWeights"]["2"].as_f64(), Some(0.25));
    }

    #[test]
    fn wrong_types_and_texts_are_refused() {
        let create = |body: &str| read("POST", "/2015-03-31/functions", &[], body).expect_err("refused");
        for (body, error) in [
            (r#"{"Timeout": "3"}"#, "SerializationException: STRING_VALUE can not be converted to an Integer at 'timeout'"),
            (r#"{"Timeout": 1e99}"#, "SerializationException: NUMBER_VALUE can not be converted to an Integer at 'timeout'"),
            (r#"{"FunctionName": 3}"#, "SerializationException: NUMBER_VALUE can not be converted to a String at 'functionName'"),
            (r#"{"Publish": []}"#, "SerializationException: START_ARRAY can not be converted to a Boolean at 'publish'"),
            (r#"{"Code": true}"#, "SerializationException: TRUE_VALUE can not be converted to a Structure at 'code'"),
            (r#"{"Layers": [{}]}"#, "SerializationException: START_OBJECT can not be converted to a String at 'layers.member'"),
            (
                r#"{"Environment": {"Variables": {"A": 1}}}"#,
                "SerializationException: NUMBER_VALUE can not be converted to a String at 'environment.variables.A'",
            ),
            ("[]", "SerializationException: START_ARRAY can not be converted to a Structure at 'the body'"),
            ("3", "SerializationException: NUMBER_VALUE can not be converted to a Structure at 'the body'"),
        ] {
            assert_eq!(create(body), error);
        }
        for body in ["{", "{}}", "{\"FunctionName\": \"\u{1}\"}", "{'a': 1}", "nul", "{\"FunctionName\": \"\\ud800\"}"] {
            let error = create(body);
            assert!(error.starts_with("InvalidRequestContentException: Could not parse request body into json: "), "{body}: {error}");
        }
        assert!(create(&"[".repeat(10_000)).starts_with("SerializationException"));
        assert!(create(&format!("{{\"x\": {}", "[".repeat(1_000_000))).starts_with("InvalidRequestContentException"));
        let many = format!("{{\"Layers\": [{}]}}", vec!["\"\""; 100_001].join(","));
        assert_eq!(create(&many), "SerializationException: the body has more than 100000 values");
        assert_eq!(
            read("GET", "/2015-03-31/functions?MaxItems=x", &[], "").expect_err("refused"),
            "SerializationException: 'x' at 'maxItems' can not be converted to an Integer"
        );
        assert!(read("GET", "/2015-03-31/functions?Marker=%zz", &[], "").is_err());
    }
}

//! `${parameter}` and `${parameter|filter}` in the strings of an event, and `{"$gzip": ...}` in place of one.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use jiff::{Timestamp, tz::TimeZone};
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::SampleError;

/// Characters of an object's key that S3 leaves as they are in a notification.
const IN_KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

/// The value with its places filled in; `parameter` gives the value of a name. Nothing for what is left out of the event.
pub(super) fn expand<'a>(template: &Value, parameter: &impl Fn(&str) -> Option<&'a str>) -> Result<Option<Value>, SampleError> {
    Ok(match template {
        Value::String(text) => place(text, parameter)?,
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| expand(item, parameter)).collect();
            Some(items?.into_iter().flatten().collect())
        }
        Value::Object(members) => match members.get("$gzip") {
            Some(inner) => expand(inner, parameter)?.map(|inner| Value::String(STANDARD.encode(gzip(&inner.to_string())))),
            None => {
                let mut expanded = Map::new();
                for (name, member) in members {
                    if let Some(member) = expand(member, parameter)? {
                        expanded.insert(name.clone(), member);
                    }
                }
                Some(Value::Object(expanded))
            }
        },
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Some(other.clone()),
    })
}

/// A string: where it is one place and nothing else, the filter's value may be of any type.
fn place<'a>(text: &str, parameter: &impl Fn(&str) -> Option<&'a str>) -> Result<Option<Value>, SampleError> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, after)) = after.split_once('}') else { break };
        let (name, filter) = inner.split_once('|').unwrap_or((inner, ""));
        let value = parameter(name).unwrap_or_else(|| panic!("a sample event has a place for '{name}', which is not a parameter"));
        let value = filtered(value, filter).map_err(|wanted| SampleError::Value {
            parameter: name.to_owned(),
            value: value.to_owned(),
            wanted: wanted.to_owned(),
        })?;
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return Ok(value);
        }
        filled += before;
        match value {
            Some(Value::String(value)) => filled += &value,
            Some(other) => filled += &other.to_string(),
            None => {}
        }
        rest = after;
    }
    Ok(Some(Value::String(filled + rest)))
}

/// What a filter makes of a parameter; nothing for what is left out of the event; the error is what it must be.
fn filtered(value: &str, filter: &str) -> Result<Option<Value>, &'static str> {
    let text = |text: String| Ok(Some(Value::String(text)));
    let time = || value.parse::<Timestamp>().map_err(|_| "a time with its offset, such as 2026-01-01T12:00:00Z");
    let formatted = |format: &str| time().map(|time| Some(Value::String(time.to_zoned(TimeZone::UTC).strftime(format).to_string())));
    match filter {
        "" => text(value.to_owned()),
        "number" => value.parse::<u64>().map(|number| Some(number.into())).map_err(|_| "a whole number, such as 1024"),
        "json" => serde_json::from_str(value).map(Some).map_err(|_| "JSON"),
        "or-null" => Ok(Some(if value.is_empty() { Value::Null } else { value.into() })),
        "or-absent" => Ok((!value.is_empty()).then(|| value.into())),
        "list" => Ok((!value.is_empty()).then(|| vec![value].into())),
        "length" => text(value.len().to_string()),
        "without-slash" => text(value.trim_start_matches('/').to_owned()),
        "s3-key" => text(utf8_percent_encode(value, IN_KEY).to_string().replace(' ', "+")),
        "md5" => text(format!("{:x}", Md5::digest(value))),
        "base64" => text(STANDARD.encode(value)),
        "epoch" => Ok(Some(time()?.as_second().into())),
        "epoch-ms" => Ok(Some(time()?.as_millisecond().into())),
        "epoch-ms-text" => text(time()?.as_millisecond().to_string()),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        "epoch-fraction" => Ok(Some((time()?.as_millisecond() as f64 / 1e3).into())),
        "hex-seconds" => text(format!("{:08x}", time()?.as_second())),
        "iso" => formatted("%Y-%m-%dT%H:%M:%SZ"),
        "iso-ms" => formatted("%Y-%m-%dT%H:%M:%S.%3fZ"),
        "stream" => formatted("%Y-%m-%dT%H:%M:%S.%3f"),
        "alarm" => formatted("%Y-%m-%dT%H:%M:%S.%3f+0000"),
        "clf" => formatted("%d/%b/%Y:%H:%M:%S +0000"),
        "query-last" => Ok(Some(query(&decoded(value), last).unwrap_or_default())),
        "query-lists" => Ok(Some(query(&decoded(value), lists).unwrap_or_default())),
        "query-last-or-empty" => Ok(Some(query(&decoded(value), last).unwrap_or_else(|| Map::new().into()))),
        "query-lists-or-empty" => Ok(Some(query(&decoded(value), lists).unwrap_or_else(|| Map::new().into()))),
        "query-joined" => Ok(query(&decoded(value), |values| values.join(",").into())),
        "query-raw-last" => Ok(Some(query(&raw(value), last).unwrap_or_else(|| Map::new().into()))),
        "query-raw-lists" => Ok(Some(query(&raw(value), lists).unwrap_or_else(|| Map::new().into()))),
        other => panic!("a sample event has the filter '{other}', which does not exist"),
    }
}

fn last(values: &[&str]) -> Value {
    values.last().copied().into()
}

fn lists(values: &[&str]) -> Value {
    values.into()
}

fn decoded(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn raw(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The parameters of a query as an object, if there are any: what each name has, by `value`.
fn query(pairs: &[(String, String)], value: impl Fn(&[&str]) -> Value) -> Option<Value> {
    let mut object = Map::new();
    for (name, _) in pairs {
        let values: Vec<&str> = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
        object.insert(name.clone(), value(&values));
    }
    (!object.is_empty()).then_some(Value::Object(object))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.unwrap_or_default() // memory takes everything
}

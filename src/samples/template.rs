//! `${parameter}` and `${parameter|filter}` in the strings of an event, and `{"$gzip": ...}` in place of one.

use std::io::Write;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::SampleError;
use crate::function::{civil_date, iso_time};

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
    let time = || time(value).ok_or("a time from 1970 on with its offset, such as 2026-01-01T12:00:00Z");
    let iso = |end: &str| time().map(|time| Some(Value::String(iso_time(time).trim_end_matches('Z').to_owned() + end)));
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
        "epoch" => Ok(Some(time()?.as_secs().into())),
        "epoch-ms" => Ok(Some(milliseconds(time()?).into())),
        "epoch-ms-text" => text(milliseconds(time()?).to_string()),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        "epoch-fraction" => Ok(Some((milliseconds(time()?) as f64 / 1e3).into())),
        "hex-seconds" => text(format!("{:08x}", time()?.as_secs())),
        "iso" => text(iso_time(time()?)[..19].to_owned() + "Z"),
        "iso-ms" => iso("Z"),
        "stream" => iso(""),
        "alarm" => iso("+0000"),
        "clf" => text(common_log_time(time()?)),
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

/// A time since 1970, of a text as RFC 3339 has it.
fn time(text: &str) -> Option<Duration> {
    let (date, rest) = text.split_at_checked(10)?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let (year, month, day) = match date.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => (number(year)?, number(month)?, number(day)?),
        _ => return None,
    };
    // Leap days put the year's first day up to some weeks off, so the one with this date is looked for around there.
    let years = year.checked_sub(1970)?;
    let first = (years * 365 + years / 4).saturating_sub(100);
    let days = (first..first + 600).find(|days| civil_date(*days) == (year, month, day))?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts = |text: &str, count: usize| -> Option<Vec<u64>> {
        let parts: Vec<u64> = text.split(':').map(|part| number(part).filter(|_| part.len() == 2)).collect::<Option<_>>()?;
        (parts.len() == count).then_some(parts)
    };
    let clock = parts(clock, 3).filter(|clock| clock[0] < 24 && clock[1] < 60 && clock[2] < 60)?;
    let milliseconds = number(format!("{fraction:0<3}").get(..3)?).filter(|_| number(fraction).is_some())?;
    let since = Duration::from_secs(days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]) + Duration::from_millis(milliseconds);
    if offset.eq_ignore_ascii_case("z") {
        return Some(since);
    }
    let ahead = parts(&offset[1..], 2).filter(|ahead| ahead[0] < 24 && ahead[1] < 60)?;
    let ahead = Duration::from_secs(ahead[0] * 3600 + ahead[1] * 60);
    if offset.starts_with('-') { since.checked_add(ahead) } else { since.checked_sub(ahead) }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `01/Jan/2026:12:00:00 +0000`
fn common_log_time(time: Duration) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil_date(time.as_secs() / 86_400);
    let month = (1..).zip(MONTHS).find(|(number, _)| *number == month).map_or("", |(_, name)| name);
    format!("{day:02}/{month}/{year:04}:{} +0000", &iso_time(time)[11..19])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-01-01T12:00:00Z", Some(1_767_268_800_000)),
            ("2024-02-29T23:59:59.9999z", Some(1_709_251_199_999)),
            ("2026-12-31T23:59:59+01:30", Some(1_798_756_199_000)),
            ("2026-01-01T12:00:00.5-02:00", Some(1_767_276_000_500)),
            ("2400-12-31T00:00:00Z", Some(13_601_001_600_000)),
            ("9999-01-01T00:00:00Z", Some(253_370_764_800_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T12:00:00", None),
            ("2026-01-01", None),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+01:00", None),
            ("2026-01-01T12:00:00.x1Z", None),
            ("yesterday at noon", None),
            ("", None),
        ] {
            assert_eq!(time(text).map(milliseconds), ms, "{text}");
        }
        assert_eq!(common_log_time(Duration::from_secs(1_767_268_800)), "01/Jan/2026:12:00:00 +0000");
    }
}

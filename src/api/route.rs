//! Which operation a method and a path mean.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;

use super::error::{self, cut};
use super::model::{MODEL, Operation, Segment};
use crate::control::ApiError;

/// An operation with the labels of its path.
#[derive(Debug)]
pub(super) struct Route<'a> {
    pub(super) operation: &'static Operation,
    /// Names of labels, and their decoded text.
    pub(super) labels: Vec<(&'static str, Cow<'a, str>)>,
}

/// Operations by the first part of their path, which is the date of its version.
static BY_DATE: LazyLock<HashMap<&'static str, Vec<&'static Operation>>> = LazyLock::new(|| {
    let mut found: HashMap<&str, Vec<&Operation>> = HashMap::new();
    for operation in &MODEL.operations {
        if let Some(Segment::Fixed(date)) = operation.path.first() {
            found.entry(date).or_default().push(operation);
        }
    }
    for operations in found.values_mut() {
        // The ones with a parameter first: without it their path means the other operation.
        operations.sort_by_key(|operation| operation.query.is_none());
    }
    found
});

/// More parts than any operation has; a path with more is no operation's.
const MAX_SEGMENTS: usize = 8;

/// Finds the operation. A slash at the end changes nothing; an encoded slash never splits a label.
///
/// # Errors
/// When no operation has this method and path, or when a label is not valid percent-encoded UTF-8.
pub(super) fn route<'a>(method: &str, path: &'a str, query: &str) -> Result<Route<'a>, ApiError> {
    let unknown = || error::unknown_operation(method, path);
    let path_text = path.strip_prefix('/').ok_or_else(unknown)?;
    let path_text = path_text.strip_suffix('/').unwrap_or(path_text);
    let segments: Vec<&str> = path_text.split('/').take(MAX_SEGMENTS + 1).collect();
    let candidates = segments.first().and_then(|date| BY_DATE.get(date)).ok_or_else(unknown)?;
    let operation = candidates.iter().find(|operation| fits(operation, method, &segments, query)).ok_or_else(unknown)?;
    let mut labels = Vec::new();
    for (segment, text) in operation.path.iter().zip(segments) {
        if let Segment::Label(name) = segment {
            labels.push((name.as_str(), decode(text)?));
        }
    }
    Ok(Route { operation, labels })
}

fn fits(operation: &Operation, method: &str, segments: &[&str], query: &str) -> bool {
    let same = |(segment, text): (&Segment, &&str)| match segment {
        Segment::Fixed(fixed) => fixed == text,
        Segment::Label(_) => !text.is_empty(),
    };
    operation.method == method
        && operation.path.len() == segments.len()
        && operation.path.iter().zip(segments).all(same)
        && operation.query.as_ref().is_none_or(|(name, value)| {
            query.split('&').any(|pair| pair.split_once('=').is_some_and(|(key, given)| key == name && given == value))
        })
}

/// Percent-decoded text of a request.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, ApiError> {
    let malformed = || error::serialization(format!("'{}' is not valid percent-encoded UTF-8", cut(text)));
    // The decoder passes a lone `%` on as it is; AWS refuses it.
    let mut rest = text;
    while let Some(place) = rest.find('%') {
        let digits = rest.as_bytes().get(place + 1..place + 3).ok_or_else(malformed)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(malformed());
        }
        rest = &rest[place + 3..];
    }
    percent_decode_str(text).decode_utf8().map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match route(method, path, query) {
            Ok(route) => {
                let labels: String = route.labels.iter().map(|(name, text)| format!(" {name}={text}")).collect();
                format!("{}{labels}", route.operation.name)
            }
            Err(error) => error.code.name().to_owned(),
        }
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in &MODEL.operations {
            let mut target = operation.uri.replace('{', "a-").replace('}', "");
            for slash in ["", "/"] {
                if !slash.is_empty() && !target.contains('?') {
                    target.push_str(slash);
                }
                let name = found(&operation.method, &target);
                assert_eq!(name.split(' ').next(), Some(operation.name.as_str()), "{} {target}", operation.method);
            }
        }
    }

    #[test]
    fn confusing_paths_stay_one_label_or_are_unknown() {
        for (method, target, expected) in [
            (
                "GET",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af",
                "GetFunction FunctionName=arn:aws:lambda:us-east-1:1:function:f",
            ),
            (
                "GET",
                "/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f",
                "GetFunction FunctionName=arn:aws:lambda:us-east-1:1:function:f",
            ),
            ("GET", "/2015-03-31/functions/a%2Fconfiguration", "GetFunction FunctionName=a/configuration"),
            ("GET", "/2015-03-31/functions/..", "GetFunction FunctionName=.."),
            ("GET", "/2015-03-31/functions/%2e%2e", "GetFunction FunctionName=.."),
            ("GET", "/2015-03-31/functions//configuration", "UnknownOperationException"),
            ("GET", "/2015-03-31/functions/../functions", "UnknownOperationException"),
            ("GET", "//2015-03-31/functions", "UnknownOperationException"),
            ("GET", "/2015-03-31/functions/a%", "SerializationException"),
            ("GET", "/2015-03-31/functions/a%2", "SerializationException"),
            ("GET", "/2015-03-31/functions/a%zz", "SerializationException"),
            ("GET", "/2015-03-31/functions/%ff", "SerializationException"),
            ("GET", "/2015-03-31/functions/%", "SerializationException"),
            ("PATCH", "/2015-03-31/functions", "UnknownOperationException"),
            ("get", "/2015-03-31/functions", "UnknownOperationException"),
            ("GET", "/", "UnknownOperationException"),
            ("GET", "*", "UnknownOperationException"),
            ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=x", "GetLayerVersionByArn"),
            ("GET", "/2018-10-31/layers?find=x", "ListLayers"),
            ("GET", "/2019-09-30/functions/f/provisioned-concurrency?List=ALL", "ListProvisionedConcurrencyConfigs FunctionName=f"),
            ("GET", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1", "GetProvisionedConcurrencyConfig FunctionName=f"),
        ] {
            assert_eq!(found(method, target), expected, "{method} {target}");
        }
    }
}

//! The model's constraints, checked in one place and reported in AWS's words, all of a request at once.

use serde_json::{Map, Value};

use super::error::{self, cut};
use super::input::lower;
use super::model::{Location, MODEL, Member, Operation, Shape, ShapeId, ShapeKind};
use crate::control::ApiError;

/// Violations that one answer names.
const MAX_NAMED: usize = 50;

/// Checks the members of a request against the model.
///
/// # Errors
/// With every violation in one message.
pub(super) fn check(operation: &Operation, object: &Map<String, Value>) -> Result<(), ApiError> {
    let mut found = Violations::default();
    let (members, payload) = MODEL.structure(operation.input);
    // Members of the path come last, as in AWS's answers.
    for of_path in [false, true] {
        for member in members.iter().filter(|member| (member.location == Location::Uri) == of_path) {
            if payload.is_none_or(|payload| payload.name != member.name) {
                found.member(member, object.get(&member.name), "");
            }
        }
    }
    found.into_result()
}

#[derive(Default)]
struct Violations {
    named: Vec<String>,
    count: usize,
}

impl Violations {
    fn into_result(self) -> Result<(), ApiError> {
        match self.count {
            0 => Ok(()),
            1 => Err(error::validation(format!("1 validation error detected: {}", self.named.join("; ")))),
            count => Err(error::validation(format!("{count} validation errors detected: {}", self.named.join("; ")))),
        }
    }

    fn add(&mut self, shape: &Shape, value: Option<&Value>, path: &str, constraint: &str) {
        self.count += 1;
        if self.named.len() < MAX_NAMED {
            let value = match value {
                None => " null".to_owned(),
                Some(_) if shape.sensitive => String::new(),
                Some(value) => format!(" '{}'", cut(&shown(value))),
            };
            self.named.push(format!("Value{value} at '{path}' failed to satisfy constraint: {constraint}"));
        }
    }

    fn member(&mut self, member: &Member, value: Option<&Value>, parent: &str) {
        let path = if parent.is_empty() { lower(&member.name) } else { format!("{parent}.{}", lower(&member.name)) };
        let shape = MODEL.shape(member.shape);
        match value {
            None | Some(Value::Null) if member.required => self.add(shape, None, &path, "Member must not be null"),
            None | Some(Value::Null) => {}
            // AWS knows runtimes by rules of its own, which name the ones of today; see control/.
            Some(_) if member.name == "Runtime" => {}
            Some(value) => self.value(member.shape, value, &path),
        }
    }

    fn value(&mut self, id: ShapeId, value: &Value, path: &str) {
        let shape = MODEL.shape(id);
        for constraint in broken(shape, value) {
            self.add(shape, Some(value), path, &constraint);
        }
        match (&shape.kind, value) {
            (ShapeKind::Structure { members, .. }, Value::Object(object)) => {
                for member in members {
                    self.member(member, object.get(&member.name), path);
                }
            }
            (ShapeKind::List(element), Value::Array(list)) => self.list(*element, list, value, path),
            (ShapeKind::Map { key, value: element }, Value::Object(object)) => {
                let keys = MODEL.shape(*key);
                if object.keys().any(|text| !broken(keys, &Value::String(text.clone())).is_empty()) {
                    self.add(shape, Some(value), path, &format!("Map keys must satisfy constraint: [{}]", all(keys)));
                }
                let elements = MODEL.shape(*element);
                if object.values().any(|element| element.is_null() || !broken(elements, element).is_empty()) {
                    self.add(shape, Some(value), path, &format!("Map value must satisfy constraint: [{}]", all(elements)));
                }
                if matches!(elements.kind, ShapeKind::List(_) | ShapeKind::Structure { .. }) {
                    for (key, nested) in object.iter().filter(|(_, nested)| !nested.is_null()) {
                        self.value(*element, nested, &format!("{path}.{key}"));
                    }
                }
            }
            _ => {}
        }
    }

    fn list(&mut self, element: ShapeId, list: &[Value], value: &Value, path: &str) {
        let shape = MODEL.shape(element);
        if let ShapeKind::Structure { .. } = shape.kind {
            for (place, nested) in list.iter().enumerate() {
                self.value(element, nested, &format!("{path}.{}.member", place + 1));
            }
        } else if list.iter().any(|nested| nested.is_null() || !broken(shape, nested).is_empty()) {
            // Recorded: the set of runtimes is named directly, every other constraint of elements is nested.
            let constraint = match path {
                "compatibleRuntimes" => enumeration(shape),
                _ => format!("Member must satisfy constraint: [{}]", all(shape)),
            };
            self.add(shape, Some(value), path, &constraint);
        }
    }
}

/// The constraints of this shape alone that a value breaks.
fn broken(shape: &Shape, value: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    let mut bounds = |size: i64, what: &str| {
        if let Some(max) = shape.max.filter(|max| size > *max) {
            broken.push(format!("Member must have {what} less than or equal to {max}"));
        }
        if let Some(min) = shape.min.filter(|min| size < *min) {
            broken.push(format!("Member must have {what} greater than or equal to {min}"));
        }
    };
    match value {
        // As Java counts: in units of UTF-16.
        Value::String(text) if matches!(shape.kind, ShapeKind::Text) => bounds(length(text.encode_utf16().count()), "length"),
        Value::Array(list) => bounds(length(list.len()), "length"),
        Value::Object(object) if matches!(shape.kind, ShapeKind::Map { .. }) => bounds(length(object.len()), "length"),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => bounds(whole, "value"),
            None => real_bounds(shape, number.as_f64().unwrap_or(f64::NAN), &mut broken),
        },
        Value::String(_) | Value::Object(_) | Value::Bool(_) | Value::Null => {}
    }
    if let Value::String(text) = value {
        if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            broken.insert(0, format!("Member must satisfy regular expression pattern: {}", pattern.shown));
        }
        if !shape.values.is_empty() && !shape.values.contains(text) {
            broken.push(enumeration(shape));
        }
    }
    broken
}

#[expect(clippy::cast_precision_loss, reason = "bounds of the model are small")]
fn real_bounds(shape: &Shape, value: f64, broken: &mut Vec<String>) {
    if let Some(max) = shape.max.filter(|max| value > *max as f64) {
        broken.push(format!("Member must have value less than or equal to {max}"));
    }
    if let Some(min) = shape.min.filter(|min| value < *min as f64) {
        broken.push(format!("Member must have value greater than or equal to {min}"));
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn enumeration(shape: &Shape) -> String {
    format!("Member must satisfy enum value set: [{}]", shape.values.join(", "))
}

/// Every constraint of a shape, as AWS lists them for elements.
fn all(shape: &Shape) -> String {
    let what = if matches!(shape.kind, ShapeKind::Whole | ShapeKind::Real) { "value" } else { "length" };
    let mut all = Vec::new();
    all.extend(shape.max.map(|max| format!("Member must have {what} less than or equal to {max}")));
    all.extend(shape.min.map(|min| format!("Member must have {what} greater than or equal to {min}")));
    all.extend(shape.pattern.as_ref().map(|pattern| format!("Member must satisfy regular expression pattern: {}", pattern.shown)));
    if !shape.values.is_empty() {
        all.push(enumeration(shape));
    }
    all.push("Member must not be null".to_owned());
    all.join(", ")
}

/// A value as Java prints it.
fn shown(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(given) => given.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        // More than a message shows need not be put together.
        Value::Array(list) => format!("[{}]", join(list.iter().take(MAX_NAMED).map(shown).collect())),
        Value::Object(object) => {
            format!("{{{}}}", join(object.iter().take(MAX_NAMED).map(|(key, value)| format!("{key}={}", shown(value))).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(operation: &str, input: Value) -> String {
        let Value::Object(input) = input else { panic!("an object") };
        match check(MODEL.operation(operation).expect("an operation"), &input) {
            Ok(()) => String::new(),
            Err(error) => {
                assert_eq!(
                    (error.code.status(), error.code.name(), error.body().to_string().contains("\"Type\"")),
                    (400, "ValidationException", false)
                );
                error.message.expect("a message")
            }
        }
    }

    const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-ex";

    #[test]
    fn messages_are_awss() {
        let role_pattern = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";
        let layer_pattern = MODEL.structure(MODEL.operation("GetLayerVersionByArn").expect("an operation").input).0[0].shape;
        let layer_pattern = &MODEL.shape(layer_pattern).pattern.as_ref().expect("a pattern").shown;
        for (operation, input, expected) in [
            ("CreateFunction", json!({"FunctionName": "f", "Role": ROLE, "Code": {}}), String::new()),
            (
                "CreateFunction",
                json!({"FunctionName": "f", "Role": "r1", "Code": {}}),
                format!("1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: {role_pattern}"),
            ),
            (
                "CreateFunction",
                json!({"FunctionName": "f", "Code": {}, "MemorySize": 127, "Timeout": 5401, "Role": ROLE}),
                "2 validation errors detected: Value '5401' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 5400; \
                 Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128".to_owned(),
            ),
            (
                "CreateFunction",
                json!({"FunctionName": "f"}),
                "2 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must not be null; \
                 Value null at 'code' failed to satisfy constraint: Member must not be null".to_owned(),
            ),
            (
                "CreateFunction",
                json!({"FunctionName": "f", "Role": ROLE, "Code": {}, "Layers": ["a", "b"]}),
                format!("1 validation error detected: Value '[a, b]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: \
                 [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, \
                 Member must satisfy regular expression pattern: {layer_pattern}, Member must not be null]"),
            ),
            (
                "CreateFunction",
                json!({"FunctionName": "f", "Role": ROLE, "Code": {}, "Architectures": ["x86_64", "arm64"]}),
                "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1".to_owned(),
            ),
            (
                "CreateFunction",
                json!({"FunctionName": "f", "Role": ROLE, "Code": {}, "Architectures": ["x"]}),
                "1 validation error detected: Value '[x]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: \
                 [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]".to_owned(),
            ),
            (
                "CreateAlias",
                json!({"FunctionName": "f", "Name": "2024", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 2.0}}}),
                "2 validation errors detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+); \
                 Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: \
                 [Member must have value less than or equal to 1, Member must have value greater than or equal to 0, Member must not be null]".to_owned(),
            ),
            (
                "GetFunction",
                json!({"FunctionName": "a/b", "Qualifier": "!"}),
                r"2 validation errors detected: Value '!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+; Value 'a/b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ".to_owned(),
            ),
            (
                "UpdateFunctionConfiguration",
                json!({"FunctionName": "f", "VpcConfig": {"SubnetIds": ["x"]}}),
                "1 validation error detected: Value '[x]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: \
                 [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, \
                 Member must satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]".to_owned(),
            ),
            (
                "UpdateFunctionConfiguration",
                json!({"FunctionName": "f", "Environment": {"Variables": {"1a": "secret"}}}),
                "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: \
                 [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]".to_owned(),
            ),
            (
                "CreateEventSourceMapping",
                json!({"FunctionName": "f", "SourceAccessConfigurations": [{"Type": "x"}]}),
                "1 validation error detected: Value 'x' at 'sourceAccessConfigurations.1.member.type' failed to satisfy constraint: Member must satisfy enum value set: [".to_owned(),
            ),
            (
                "PublishLayerVersion",
                json!({"LayerName": "l", "Content": {}, "CompatibleRuntimes": ["x"]}),
                "1 validation error detected: Value '[x]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [".to_owned(),
            ),
            ("TagResource", json!({"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Tags": {}}), String::new()),
            (
                "UntagResource",
                json!({"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
                "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null".to_owned(),
            ),
        ] {
            let message = error(operation, input);
            if expected.ends_with('[') || expected.ends_with(": ") {
                assert!(message.starts_with(&expected), "{message}\n{expected}");
            } else {
                assert_eq!(message, expected);
            }
        }
    }

    #[test]
    fn a_long_value_is_cut_and_every_violation_is_counted() {
        let long = "x".repeat(100_000);
        let message = error("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Description": long}));
        assert!(message.len() < 1000 && message.contains("(100000 characters)"), "{message}");
        let many: Vec<Value> = (0..100).map(|_| json!({"Type": "x"})).collect();
        let message = error("CreateEventSourceMapping", json!({"FunctionName": "f", "SourceAccessConfigurations": many}));
        assert!(message.starts_with("101 validation errors detected: "), "{message}");
    }
}

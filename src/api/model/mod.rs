//! The API as data: operations, shapes and their bounds, reduced from AWS's own service model by `reduce.py`.
//!
//! The file is part of the program, so reading it cannot fail at run time; a test reads every part of it.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

/// The model of the API that this program has.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("lambda.json")));

/// The whole model.
#[derive(Debug)]
pub(super) struct Model {
    /// In the order of their names.
    pub(super) operations: Vec<Operation>,
    shapes: Vec<Shape>,
}

/// One operation of the API.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) method: String,
    /// The path as the model writes it, for documentation.
    pub(super) uri: String,
    /// The parts of the path between its slashes.
    pub(super) path: Vec<Segment>,
    /// A query parameter that must be there with this value: it tells two operations of one path apart.
    pub(super) query: Option<(String, String)>,
    /// The status of a success, unless the output says another one.
    pub(super) status: u16,
    pub(super) input: ShapeId,
    pub(super) output: Option<ShapeId>,
}

/// One part of an operation's path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// Text that must be there.
    Fixed(String),
    /// A label whose decoded text becomes the member with this location name.
    Label(String),
}

/// The place of a shape in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShapeId(usize);

/// A type with its bounds.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: ShapeKind,
    /// Of a text or list its smallest length, of a number its smallest value.
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Pattern>,
    /// The values that a text may have; empty where it may have any.
    pub(super) values: Vec<String>,
    /// Whether its values must not be repeated in an error.
    pub(super) sensitive: bool,
}

/// What kind of value a shape is.
#[derive(Debug)]
pub(super) enum ShapeKind {
    Structure {
        members: Vec<Member>,
        /// The member that is the whole body, if one is.
        payload: Option<usize>,
    },
    List(ShapeId),
    Map {
        key: ShapeId,
        value: ShapeId,
    },
    Text,
    /// Base64 in JSON, bytes as a whole body.
    Blob,
    Whole,
    Real,
    Boolean,
    /// Seconds since 1970 with a fraction in JSON, ISO 8601 text in a query.
    Timestamp,
}

/// One member of a structure.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) shape: ShapeId,
    pub(super) location: Location,
    /// What the member is called in its place on the wire.
    pub(super) wire: String,
    pub(super) required: bool,
}

/// Where a member travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Location {
    Uri,
    #[serde(rename = "querystring")]
    Query,
    Header,
    StatusCode,
    #[serde(skip)]
    Body,
}

/// A regular expression that a whole text must match.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As AWS writes it, for messages.
    pub(super) shown: String,
    /// As our engine reads it.
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Whether the whole text matches. Linear in the text's length.
    pub(super) fn matches(&self, text: &str) -> bool {
        // Compiled when first needed: all of them at once take 30 ms of every start.
        let compiled = self.compiled.get_or_init(|| Regex::new(&format!(r"\A(?:{})\z", self.source)).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

impl Model {
    fn parse(text: &str) -> Self {
        let raw: RawModel = serde_json::from_str(text).expect("the model was written by reduce.py");
        let names: Vec<String> = raw.shapes.keys().cloned().collect();
        let ids: HashMap<&str, ShapeId> = names.iter().enumerate().map(|(place, name)| (name.as_str(), ShapeId(place))).collect();
        let shapes = names.iter().map(|name| raw.shapes[name].build(&ids)).collect();
        let operations = raw.operations.into_iter().map(|(name, operation)| operation.build(name, &ids)).collect();
        Self { operations, shapes }
    }

    pub(super) fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0]
    }

    /// The members of a structure and which of them is the whole body.
    pub(super) fn structure(&self, id: ShapeId) -> (&[Member], Option<&Member>) {
        let ShapeKind::Structure { members, payload } = &self.shape(id).kind else { return (&[], None) };
        (members, payload.map(|place| &members[place]))
    }

    /// The operation of this name.
    #[cfg(test)]
    pub(super) fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.binary_search_by(|operation| operation.name.as_str().cmp(name)).ok().map(|place| &self.operations[place])
    }
}

#[derive(Deserialize)]
struct RawModel {
    operations: std::collections::BTreeMap<String, RawOperation>,
    shapes: std::collections::BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
struct RawOperation {
    method: String,
    uri: String,
    status: u16,
    input: String,
    output: Option<String>,
}

impl RawOperation {
    fn build(self, name: String, ids: &HashMap<&str, ShapeId>) -> Operation {
        let (path, query) = self.uri.split_once('?').map_or((self.uri.as_str(), None), |(path, query)| (path, query.split_once('=')));
        let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(label) => Segment::Label(label.to_owned()),
            None => Segment::Fixed(text.to_owned()),
        };
        Operation {
            path: path.split('/').filter(|part| !part.is_empty()).map(segment).collect(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())),
            input: ids[self.input.as_str()],
            output: self.output.as_deref().map(|output| ids[output]),
            name,
            method: self.method,
            status: self.status,
            uri: self.uri,
        }
    }
}

#[derive(Deserialize)]
struct RawShape {
    r#type: String,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    r#match: Option<String>,
    #[serde(default)]
    r#enum: Vec<String>,
    #[serde(default)]
    sensitive: bool,
    /// In AWS's order, which is the order of the messages.
    #[serde(default)]
    members: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    required: Vec<String>,
    payload: Option<String>,
    member: Option<String>,
    key: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
struct RawMember {
    shape: String,
    location: Option<Location>,
    name: Option<String>,
}

impl RawShape {
    fn build(&self, ids: &HashMap<&str, ShapeId>) -> Shape {
        let id = |name: &Option<String>| ids[name.as_deref().expect("a list or map has it")];
        let kind = match self.r#type.as_str() {
            "structure" => {
                let members: Vec<Member> = self.members.iter().map(|(name, member)| self.member(name, member, ids)).collect();
                let payload = self.payload.as_ref().and_then(|payload| members.iter().position(|member| member.name == *payload));
                ShapeKind::Structure { members, payload }
            }
            "list" => ShapeKind::List(id(&self.member)),
            "map" => ShapeKind::Map { key: id(&self.key), value: id(&self.value) },
            "string" => ShapeKind::Text,
            "blob" => ShapeKind::Blob,
            "integer" | "long" => ShapeKind::Whole,
            "double" | "float" => ShapeKind::Real,
            "boolean" => ShapeKind::Boolean,
            "timestamp" => ShapeKind::Timestamp,
            other => panic!("the model has a type {other} that nothing here reads"),
        };
        let pattern = self.pattern.clone().map(|shown| Pattern {
            source: self.r#match.clone().unwrap_or_else(|| shown.clone()),
            shown,
            compiled: OnceLock::new(),
        });
        Shape { kind, min: self.min, max: self.max, pattern, values: self.r#enum.clone(), sensitive: self.sensitive }
    }

    fn member(&self, name: &str, member: &serde_json::Value, ids: &HashMap<&str, ShapeId>) -> Member {
        let member = RawMember::deserialize(member).expect("a member has a shape");
        Member {
            shape: ids[member.shape.as_str()],
            location: member.location.unwrap_or(Location::Body),
            wire: member.name.unwrap_or_else(|| name.to_owned()),
            required: self.required.iter().any(|required| required == name),
            name: name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(operation: &str, member: &str) -> &'static Pattern {
        let (members, _) = MODEL.structure(MODEL.operation(operation).expect("an operation").input);
        let member = members.iter().find(|found| found.name == member).expect("a member");
        MODEL.shape(member.shape).pattern.as_ref().expect("a pattern")
    }

    #[test]
    fn the_model_is_whole() {
        assert_eq!(MODEL.operations.len(), 91);
        for shape in &MODEL.shapes {
            if let Some(pattern) = &shape.pattern {
                pattern.matches("");
                assert!(pattern.compiled.get().is_some_and(Option::is_some), "{} does not compile", pattern.shown);
            }
        }
        assert!(MODEL.operation("Invoke").is_some() && MODEL.operation("invoke").is_none());
    }

    #[test]
    fn patterns_match_as_javas_do() {
        let alias = pattern("CreateAlias", "Name");
        for (text, fits) in
            [("live", true), ("2024-01-02", true), ("1a", true), ("2024", false), ("", false), ("a b", false), ("a\n", false)]
        {
            assert_eq!(alias.matches(text), fits, "{text:?}");
        }
        let url = pattern("CreateFunctionUrlConfig", "Qualifier");
        for (text, fits) in [("live", true), ("1", false), ("$LATEST", false), ("1-", true)] {
            assert_eq!(url.matches(text), fits, "{text:?}");
        }
        let name = pattern("CreateFunctionUrlConfig", "FunctionName");
        for (text, fits) in [("f", true), ("f:live", true), ("f:12", false), ("12", true), ("f:1b", true)] {
            assert_eq!(name.matches(text), fits, "{text:?}");
        }
        let role = pattern("CreateFunction", "Role");
        for (text, fits) in [
            ("arn:aws:iam::123456789012:role/lambda-ex", true),
            ("arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/lambda-ex", false), // digits, but Java's \d is ASCII
            ("role", false),
        ] {
            assert_eq!(role.matches(text), fits, "{text:?}");
        }
        let tag = pattern("UntagResource", "Resource");
        assert!(tag.matches("arn:aws:lambda:us-east-1:123456789012:function:f"));
        let collection = {
            let (members, _) = MODEL.structure(MODEL.operation("CreateEventSourceMapping").expect("an operation").input);
            let document = members.iter().find(|member| member.name == "DocumentDBEventSourceConfig").expect("a member");
            let (members, _) = MODEL.structure(document.shape);
            let collection = members.iter().find(|member| member.name == "CollectionName").expect("a member");
            MODEL.shape(collection.shape).pattern.as_ref().expect("a pattern")
        };
        for (text, fits) in [
            ("orders", true),
            ("s", true),
            ("system", true),
            ("systemx", true),
            ("sysx.y", true),
            ("system.x", false),
            ("system.", false),
            ("$x", false),
            ("a$", false),
        ] {
            assert_eq!(collection.matches(text), fits, "{text:?}");
        }
    }
}

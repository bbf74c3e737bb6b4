//! Events as AWS's services send them to a function, for trying one out: `wasmlam sample-event`.
//!
//! The events are data, one file for each service in `events/`; their texts are ours, their shape is AWS's public one. A
//! string in them may hold `${parameter}` or `${parameter|filter}`. It knows nothing of packages, WebAssembly or the
//! terminal. Start at [`render`]; `template` has the filters.

mod template;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The services, in the order in which a list shows them.
const SOURCES: [(&str, &str); 11] = [
    ("apigateway", include_str!("events/apigateway.json")),
    ("function-url", include_str!("events/function-url.json")),
    ("alb", include_str!("events/alb.json")),
    ("sqs", include_str!("events/sqs.json")),
    ("sns", include_str!("events/sns.json")),
    ("s3", include_str!("events/s3.json")),
    ("dynamodb", include_str!("events/dynamodb.json")),
    ("kinesis", include_str!("events/kinesis.json")),
    ("eventbridge", include_str!("events/eventbridge.json")),
    ("cognito", include_str!("events/cognito.json")),
    ("cloudwatch", include_str!("events/cloudwatch.json")),
];

/// A service that sends events to functions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The name to ask for it by, such as `s3`.
    #[serde(skip)]
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: String,
    kinds: Map<String, Value>,
}

/// One kind of event of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleKind {
    /// What has happened when the service sends it.
    pub about: String,
    /// What can be filled in, with the values that stand there otherwise.
    pub parameters: Map<String, Value>,
    event: Value,
}

/// Why there is no such event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// No service has this name.
    #[error("there is no sample event of '{name}'{}; the services are {known}", did_you_mean(.like.as_deref()))]
    Service {
        /// The name that was asked for.
        name: String,
        /// The one that is most like it.
        like: Option<String>,
        /// Those there are.
        known: String,
    },
    /// The service has no event of this kind.
    #[error("{service} has no event '{name}'{}; it has {known}", did_you_mean(.like.as_deref()))]
    Kind {
        /// The service.
        service: &'static str,
        /// The kind that was asked for.
        name: String,
        /// The one that is most like it.
        like: Option<String>,
        /// Those there are.
        known: String,
    },
    /// The event has no such parameter.
    #[error("'{name}' is not a parameter of this event{}; it has {known}", did_you_mean(.like.as_deref()))]
    Parameter {
        /// The name that was given.
        name: String,
        /// The one that is most like it.
        like: Option<String>,
        /// Those there are.
        known: String,
    },
    /// A parameter has a value that cannot stand where it belongs.
    #[error("{parameter} is '{value}', but must be {wanted}")]
    Value {
        /// The parameter.
        parameter: String,
        /// Its value.
        value: String,
        /// What it must be.
        wanted: String,
    },
}

fn did_you_mean(like: Option<&str>) -> String {
    like.map_or_else(String::new, |like| format!(", did you mean '{like}'?"))
}

/// The name of these that is most like one that is not among them, if any is like it at all.
fn most_like<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = known.map(|other| (strsim::jaro_winkler(name, other), other)).filter(|(score, _)| *score > 0.8);
    scored.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, other)| other.to_owned())
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// All services.
pub fn services() -> &'static [Service] {
    static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
        let read = |(name, text): (&'static str, &str)| {
            let service = serde_json::from_str::<Service>(text).unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
            Service { name, ..service }
        };
        SOURCES.map(read).into()
    });
    &SERVICES
}

/// The service of this name, in any case.
///
/// # Errors
///
/// [`SampleError::Service`] names those there are.
pub fn service(name: &str) -> Result<&'static Service, SampleError> {
    let lower = name.to_ascii_lowercase();
    services().iter().find(|service| service.name == lower).ok_or_else(|| SampleError::Service {
        name: name.to_owned(),
        like: most_like(&lower, services().iter().map(|service| service.name)),
        known: listed(services().iter().map(|service| service.name)),
    })
}

impl Service {
    /// Names and kinds of its events; the first is what is meant when no kind is named.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, SampleKind)> {
        self.kinds.iter().map(|(name, kind)| (name.as_str(), self.read(name, kind)))
    }

    /// The kind of this name, or the first one.
    ///
    /// # Errors
    ///
    /// [`SampleError::Kind`] names those there are.
    pub fn kind(&self, name: Option<&str>) -> Result<SampleKind, SampleError> {
        let found = match name {
            Some(name) => self.kinds.get_key_value(name),
            None => self.kinds.iter().next(),
        };
        let (name, kind) = found.ok_or_else(|| SampleError::Kind {
            service: self.name,
            name: name.unwrap_or_default().to_owned(),
            like: most_like(name.unwrap_or_default(), self.kinds.keys().map(String::as_str)),
            known: listed(self.kinds.keys().map(String::as_str)),
        })?;
        Ok(self.read(name, kind))
    }

    fn read(&self, name: &str, kind: &Value) -> SampleKind {
        SampleKind::deserialize(kind).unwrap_or_else(|error| panic!("events/{}.json: {name}: {error}", self.name))
    }
}

impl SampleKind {
    /// The event, with these parameters in place of its own.
    ///
    /// # Errors
    ///
    /// [`SampleError::Parameter`] for one that it does not have, [`SampleError::Value`] for a value that cannot stand there.
    pub fn render(&self, parameters: &BTreeMap<String, String>) -> Result<Value, SampleError> {
        if let Some(name) = parameters.keys().find(|name| !self.parameters.contains_key(*name)) {
            return Err(SampleError::Parameter {
                name: name.clone(),
                like: most_like(name, self.parameters.keys().map(String::as_str)),
                known: listed(self.parameters.keys().map(String::as_str)),
            });
        }
        let value = |name: &str| {
            let given = parameters.get(name).map(String::as_str);
            given.or_else(|| self.parameters.get(name)?.as_str())
        };
        Ok(template::expand(&self.event, &value)?.unwrap_or(Value::Null))
    }
}

/// The event of this kind of this service, with these parameters in place of its own.
///
/// # Errors
///
/// [`SampleError`] names what is not known or what cannot stand where it belongs.
pub fn render(service_name: &str, kind: Option<&str>, parameters: &BTreeMap<String, String>) -> Result<Value, SampleError> {
    service(service_name)?.kind(kind)?.render(parameters)
}

/// Every service with its kinds of events and their parameters, as text for a reader.
pub fn list() -> String {
    let mut out = String::new();
    for service in services() {
        out += &format!("{}: {}\n", service.name, service.about);
        for (name, kind) in service.kinds() {
            out += &format!("  {name}: {}\n", kind.about);
            let parameters = kind.parameters.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
            out += &format!("    {}\n", parameters.collect::<Vec<_>>().join("  "));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use serde_json::json;
    use std::io::Read;

    fn of(service: &str, kind: &str, parameters: &[(&str, &str)]) -> Result<Value, SampleError> {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        render(service, Some(kind), &parameters)
    }

    /// Every file is read, every `${}` is filled, and every parameter changes something.
    #[test]
    fn every_parameter_is_used_and_every_place_filled() {
        let mut count = 0;
        for service in services() {
            for (name, kind) in service.kinds() {
                let plain = kind.render(&BTreeMap::new()).unwrap_or_else(|error| panic!("{} {name}: {error}", service.name));
                assert!(!plain.to_string().contains("${"), "{} {name}: {plain}", service.name);
                for (parameter, value) in &kind.parameters {
                    let value = value.as_str().expect("defaults are text");
                    let other = match value {
                        time if time.ends_with('Z') && time.contains('T') => "2027-02-03T04:05:06.789Z".to_owned(),
                        object if object.starts_with("{\"id\"") || parameter == "detail" => "{\"id\": {\"S\": \"other\"}}".to_owned(),
                        number if number.parse::<u64>().is_ok() => format!("{number}7"),
                        text => format!("{text}x"),
                    };
                    let changed = kind.render(&BTreeMap::from([(parameter.clone(), other)]));
                    assert_ne!(changed.as_ref(), Ok(&plain), "{} {name}: {parameter} changes nothing", service.name);
                    assert!(changed.is_ok(), "{} {name}: {parameter}: {changed:?}", service.name);
                }
                count += 1;
            }
        }
        assert_eq!(count, 32);
    }

    /// What handlers take apart, by the rules that AWS documents for each service.
    #[test]
    fn services_encode_as_they_do() {
        let s3 = of("S3", "put", &[("key", "a/b c+é.txt"), ("size", "7")]).expect("an event");
        assert_eq!(s3["Records"][0]["s3"]["object"]["key"], "a/b+c%2B%C3%A9.txt");
        assert_eq!(s3["Records"][0]["s3"]["object"]["size"], json!(7));
        assert_eq!(s3["Records"][0]["eventTime"], "2026-01-01T12:00:00.000Z");

        let sqs = of("sqs", "standard", &[("body", "hello")]).expect("an event");
        assert_eq!(sqs["Records"][0]["md5OfBody"], "5d41402abc4b2a76b9719d911017c592"); // md5sum's
        assert_eq!(sqs["Records"][0]["attributes"]["SentTimestamp"], "1767268800000");

        let kinesis = of("kinesis", "records", &[("data", "hello"), ("time", "2026-01-01T12:00:00.25Z")]).expect("an event");
        assert_eq!(kinesis["Records"][0]["kinesis"]["data"], "aGVsbG8=");
        assert_eq!(kinesis["Records"][0]["kinesis"]["approximateArrivalTimestamp"].to_string(), "1767268800.25");

        let query = [("query", "a=1&a=2&b=x%20y+z")];
        let rest = of("apigateway", "rest", &query).expect("an event");
        assert_eq!(rest["queryStringParameters"], json!({"a": "2", "b": "x y z"}));
        assert_eq!(rest["multiValueQueryStringParameters"], json!({"a": ["1", "2"], "b": ["x y z"]}));
        assert_eq!(rest["requestContext"]["requestTime"], "01/Jan/2026:12:00:00 +0000");
        assert_eq!(rest["requestContext"]["requestTimeEpoch"], json!(1_767_268_800_000_u64));
        let http = of("apigateway", "http", &query).expect("an event");
        assert_eq!(http["queryStringParameters"], json!({"a": "1,2", "b": "x y z"}));
        assert_eq!(http["rawQueryString"], "a=1&a=2&b=x%20y+z");
        let alb = of("alb", "request", &query).expect("an event");
        assert_eq!(alb["queryStringParameters"], json!({"a": "2", "b": "x%20y+z"}));

        let bare = [("query", ""), ("body", "")];
        let rest = of("apigateway", "rest", &bare).expect("an event");
        assert_eq!((&rest["queryStringParameters"], &rest["body"]), (&Value::Null, &Value::Null));
        let url = of("function-url", "request", &bare).expect("an event");
        let url = url.as_object().expect("an object");
        assert!(["queryStringParameters", "body", "cookies"].iter().all(|name| !url.contains_key(*name)), "{url:?}");

        let image = of("dynamodb", "insert", &[("new", "{\"n\": {\"N\": \"1\"}}")]).expect("an event");
        assert_eq!(image["Records"][0]["dynamodb"]["NewImage"], json!({"n": {"N": "1"}}));
        assert_eq!(
            image["Records"][0]["eventSourceARN"],
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T12:00:00.000"
        );
    }

    #[test]
    fn a_subscription_filter_gets_compressed_lines() {
        let event = of("cloudwatch", "logs", &[("message", "é \"x\"")]).expect("an event");
        let data = event["awslogs"]["data"].as_str().expect("text");
        let data = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*data).read_to_string(&mut text).expect("gzip");
        let inner: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(inner["logEvents"][0]["message"], "é \"x\"");
        assert_eq!(inner["messageType"], "DATA_MESSAGE");
    }

    #[test]
    fn what_is_not_known_is_named_with_what_is() {
        let text = |error: Result<Value, SampleError>| error.expect_err("refused").to_string();
        let error = text(of("sqss", "standard", &[]));
        assert!(error.starts_with("there is no sample event of 'sqss', did you mean 'sqs'?; the services are apigateway, "), "{error}");
        assert_eq!(text(of("s3", "putt", &[])), "s3 has no event 'putt', did you mean 'put'?; it has put, delete");
        let error = text(of("sns", "notification", &[("topik", "x")]));
        assert!(error.starts_with("'topik' is not a parameter of this event, did you mean 'topic'?; it has topic, subject, "), "{error}");
        assert_eq!(text(of("s3", "put", &[("size", "big")])), "size is 'big', but must be a whole number, such as 1024");
        assert_eq!(
            text(of("s3", "put", &[("time", "yesterday")])),
            "time is 'yesterday', but must be a time from 1970 on with its offset, such as 2026-01-01T12:00:00Z"
        );
        assert_eq!(text(of("eventbridge", "custom", &[("detail", "{'a': 1}")])), "detail is '{'a': 1}', but must be JSON");
    }
}

//! Names of functions and layers in all the forms that the API takes, and the ARNs that it gives.

use super::{ApiError, Exception, Scope};
use crate::function::Account;

/// The longest name of a function.
const MAX_NAME: usize = 64;
/// The version that was not published.
pub(super) const LATEST: &str = "$LATEST";
/// What AWS prints when a name is of no form.
const PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// A function as a caller names it: in the region and account of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionRef {
    /// The name alone.
    pub(super) name: String,
    /// A version or an alias.
    pub(super) qualifier: Option<String>,
}

/// The parts of a function's name in whichever form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl FunctionRef {
    /// Reads `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME[:QUALIFIER]` or an ARN, with the qualifier of the query.
    ///
    /// # Errors
    /// AWS's for a text of no form, for another account or region, and for two qualifiers that disagree.
    pub(super) fn parse(scope: &Scope, text: &str, qualifier: Option<&str>) -> Result<Self, ApiError> {
        let parts = parts(text).ok_or_else(|| off_pattern(text))?;
        check_place(scope, &parts)?;
        match (parts.qualifier, qualifier) {
            (Some(derived), Some(given)) if derived != given => {
                Err(ApiError::invalid("The derived qualifier from the function name does not match the specified qualifier."))
            }
            (derived, given) => Ok(Self { name: parts.name.to_owned(), qualifier: given.or(derived).map(str::to_owned) }),
        }
    }

    /// As [`FunctionRef::parse`], for a function that is to be created: the name is at most 64 characters long.
    pub(super) fn parse_new(scope: &Scope, text: &str) -> Result<Self, ApiError> {
        let new = Self::parse(scope, text, None)?;
        if new.name.len() > MAX_NAME {
            let message = format!(
                "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member must have length less \
                 than or equal to {MAX_NAME}",
                new.name
            );
            return Err(ApiError::invalid(message));
        }
        match new.name.contains('.') {
            true => Err(off_pattern(text)),
            false => Ok(new),
        }
    }

    /// Its ARN as the caller named it.
    pub(super) fn arn(&self, account: &Account) -> String {
        qualified(account, &self.name, self.qualifier.as_deref())
    }

    /// Its ARN with `$LATEST` where the caller named no version.
    pub(super) fn full_arn(&self, account: &Account) -> String {
        qualified(account, &self.name, Some(self.qualifier.as_deref().unwrap_or(LATEST)))
    }

    /// The qualifier, `$LATEST` where there is none.
    pub(super) fn version_or_alias(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }
}

/// The ARN of a function without a qualifier.
pub(super) fn function_arn(account: &Account, name: &str) -> String {
    lambda_arn(account, &format!("function:{name}"))
}

/// The ARN of a function with a qualifier where there is one.
pub(super) fn qualified(account: &Account, name: &str, qualifier: Option<&str>) -> String {
    match qualifier {
        Some(qualifier) => format!("{}:{qualifier}", function_arn(account, name)),
        None => function_arn(account, name),
    }
}

/// An ARN of this service.
pub(super) fn lambda_arn(account: &Account, resource: &str) -> String {
    format!("arn:{}:lambda:{}:{}:{resource}", account.partition(), account.region, account.id)
}

/// 404 for a function, in AWS's words.
pub(super) fn no_function(arn: &str) -> ApiError {
    ApiError::not_found(format!("Function not found: {arn}"))
}

fn check_place(scope: &Scope, parts: &Parts<'_>) -> Result<(), ApiError> {
    if let Some(region) = parts.region.filter(|region| *region != scope.account.region) {
        let here = &scope.account.region;
        return Err(ApiError::not_found(format!("Functions from '{region}' are not reachable in this region ('{here}')")));
    }
    match parts.account {
        Some(account) if account != scope.account.id => Err(ApiError::other_account()),
        _ => Ok(()),
    }
}

fn off_pattern(text: &str) -> ApiError {
    let shown: String = text.chars().take(300).collect();
    let message = format!(
        "1 validation error detected: Value '{shown}' at 'functionName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: {PATTERN}"
    );
    ApiError::new(Exception::Validation, message)
}

/// Takes a name apart, piece by piece as the model's pattern has them; every piece but the name may be missing.
fn parts(text: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let mut rest = text;
    if let Some(arn) = rest.strip_prefix("arn:") {
        let (partition, after) = arn.split_once(':')?;
        let is_partition = partition.strip_prefix("aws").is_some_and(|more| more.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-'));
        rest = after.strip_prefix("lambda:").filter(|_| is_partition)?;
    }
    if let Some((region, after)) = rest.split_once(':').filter(|(region, _)| is_region(region)) {
        (parts.region, rest) = (Some(region), after);
    }
    if let Some((account, after)) = rest.split_once(':').filter(|(account, _)| is_account(account)) {
        (parts.account, rest) = (Some(account), after);
    }
    // A function may be called `function`: then the rest is its name.
    if let Some(after) = rest.strip_prefix("function:").filter(|after| !after.is_empty()) {
        rest = after;
    }
    match rest.split_once(':') {
        Some((name, qualifier)) => (parts.name, parts.qualifier) = (name, Some(qualifier)),
        None => parts.name = rest,
    }
    let is_name = !parts.name.is_empty() && parts.name.bytes().all(|b| is_word(b) || b == b'.');
    (is_name && parts.qualifier.is_none_or(is_qualifier)).then_some(parts)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_qualifier(text: &str) -> bool {
    matches!(text, LATEST | "$LATEST.PUBLISHED") || !text.is_empty() && text.bytes().all(is_word)
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    Account::new(text, "123456789012").is_ok()
}

/// A layer as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LayerRef {
    /// Where the ARN says so.
    pub(super) region: Option<String>,
    /// Where the ARN says so.
    pub(super) account: Option<String>,
    /// The name alone.
    pub(super) name: String,
    /// Where the ARN says so.
    pub(super) version: Option<i64>,
}

impl LayerRef {
    /// Reads a name or an ARN with or without a version. `None` when it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_name = |name: &str| (1..=140).contains(&name.len()) && name.bytes().all(is_word);
        let Some(arn) = text.strip_prefix("arn:") else {
            return is_name(text).then(|| Self { region: None, account: None, name: text.to_owned(), version: None });
        };
        let pieces: Vec<&str> = arn.split(':').collect();
        let (["aws" | "aws-cn" | "aws-us-gov" | "aws-iso" | "aws-iso-b" | "aws-eusc", "lambda", region, account, "layer", name], version) =
            (pieces.get(..6)?, pieces.get(6))
        else {
            return None;
        };
        let version = match version {
            Some(number) => Some(number.parse().ok()?),
            None => None,
        };
        let is_arn = pieces.len() <= 7 && is_name(name) && is_account(account);
        is_arn.then(|| Self { region: Some((*region).to_owned()), account: Some((*account).to_owned()), name: (*name).to_owned(), version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::RequestId;
    use proptest::prelude::*;

    fn scope() -> Scope {
        Scope { account: Account::default(), request_id: RequestId::fixed() }
    }

    fn parse(text: &str, qualifier: Option<&str>) -> Result<(String, Option<String>), String> {
        FunctionRef::parse(&scope(), text, qualifier).map(|found| (found.name, found.qualifier)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_names_the_same_function() {
        let forms =
            ["f", "123456789012:function:f", "us-east-1:123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f"];
        for form in forms {
            assert_eq!(parse(form, None), Ok(("f".into(), None)), "{form}");
            for qualifier in ["$LATEST", "7", "live", "$LATEST.PUBLISHED"] {
                let expected = Ok(("f".into(), Some(qualifier.to_owned())));
                assert_eq!(parse(&format!("{form}:{qualifier}"), None), expected, "{form}:{qualifier}");
                assert_eq!(parse(&format!("{form}:{qualifier}"), Some(qualifier)), expected, "{form}:{qualifier}");
                assert_eq!(parse(form, Some(qualifier)), expected, "{form} {qualifier}");
            }
        }
        assert_eq!(parse("function", None), Ok(("function".into(), None)));
        assert_eq!(parse("function:live", None), Ok(("live".into(), None)), "as the pattern reads it");
    }

    #[test]
    fn errors_are_awss() {
        let text = "InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier.";
        assert_eq!(parse("f:1", Some("2")), Err(text.into()));
        let text = "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')";
        assert_eq!(parse("arn:aws:lambda:eu-west-1:123456789012:function:f", None), Err(text.into()));
        assert_eq!(parse("210987654321:function:f", None), Err("AccessDeniedException: null".into()));
        let long = "a".repeat(65);
        assert_eq!(parse(&long, None), Ok((long.clone(), None)), "simply not found");
        let error = FunctionRef::parse_new(&scope(), &long).expect_err("too long");
        let text = format!(
            "InvalidParameterValueException: 1 validation error detected: Value '{long}' at 'functionName' failed to satisfy constraint: \
             Member must have length less than or equal to 64"
        );
        assert_eq!(error.to_string(), text);
        assert!(FunctionRef::parse_new(&scope(), "a.b").is_err());
    }

    #[test]
    fn what_is_of_no_form_is_refused_by_the_pattern() {
        let wrong = [
            "",
            ":",
            "a:",
            ":a",
            "a:b:c",
            "../f",
            "a/b",
            "a%2fb",
            "f:../x",
            "f:$latest",
            "f:a.b",
            "é",
            "a b",
            "a\0",
            "a\nb",
            "arn:",
            "arn:aws",
            "arn:aws:s3:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:",
            "arn:evil:lambda:us-east-1:123456789012:function:f",
            "1234:function:f",
            "us-east-1:us-east-1:f:x",
        ];
        for text in wrong {
            let error = FunctionRef::parse(&scope(), text, None).expect_err(text);
            assert_eq!(error.code, Exception::Validation, "{text}: {error}");
            assert!(error.to_string().ends_with(PATTERN), "{error}");
        }
    }

    #[test]
    fn layers() {
        let found = |text: &str| LayerRef::parse(text).map(|layer| (layer.region, layer.name, layer.version));
        assert_eq!(found("l"), Some((None, "l".into(), None)));
        let region = Some("us-east-1".to_owned());
        assert_eq!(found("arn:aws:lambda:us-east-1:123456789012:layer:l:3"), Some((region.clone(), "l".into(), Some(3))));
        assert_eq!(found("arn:aws:lambda:us-east-1:123456789012:layer:l"), Some((region, "l".into(), None)));
        for wrong in ["", "a/b", "arn:aws:lambda:us-east-1:123456789012:layer:l:x", "arn:aws:lambda:us-east-1:1:layer:l:1", "../l", "a:1"] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }

    proptest! {
        /// Whatever comes in: no panic, and what is accepted consists of nothing but a name and a qualifier of the pattern.
        #[test]
        fn any_text_is_a_name_or_an_error(text in "\\PC{0,80}", qualifier in proptest::option::of("\\PC{0,8}")) {
            if let Ok(found) = FunctionRef::parse(&scope(), &text, qualifier.as_deref()) {
                prop_assert!(found.name.bytes().all(|byte| is_word(byte) || byte == b'.'));
                prop_assert!(!found.name.is_empty());
            }
        }

        #[test]
        fn pieces_in_any_order_never_reach_another_account(
            pieces in proptest::collection::vec(
                prop_oneof!["arn", "aws", "lambda", "us-east-1", "eu-west-1", "[0-9]{12}", "function", "[a-z.$/%]{1,6}", ""], 1..9)
        ) {
            let text = pieces.join(":");
            if let Ok(found) = FunctionRef::parse(&scope(), &text, None) {
                let arn = found.arn(&scope().account);
                prop_assert!(arn.starts_with("arn:aws:lambda:us-east-1:123456789012:function:"));
                prop_assert!(FunctionRef::parse(&scope(), &arn, None).is_ok_and(|again| again == found));
            }
        }
    }
}

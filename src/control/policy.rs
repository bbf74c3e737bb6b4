//! Resource policies: statements as AWS writes them, with a revision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serde_with::skip_serializing_none;

use super::name::is_account;
use super::records::{self, revision};
use super::{ApiError, Exception, Scope};

/// The largest policy, in bytes of its text.
const MAX_POLICY_BYTES: usize = 20_480;

/// The policy of a function, a version, an alias or a layer version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ResourcePolicy {
    statements: Vec<Statement>,
    pub(super) revision: Option<String>,
}

/// One statement, its members in AWS's order.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Statement {
    #[serde(default)]
    pub(super) sid: String,
    effect: String,
    principal: Value,
    action: String,
    resource: String,
    condition: Option<Value>,
}

/// Conditions of a statement, where the request has them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Conditions<'a> {
    pub(super) source_arn: Option<&'a str>,
    pub(super) source_account: Option<&'a str>,
    pub(super) url_auth_type: Option<&'a str>,
    pub(super) organization: Option<&'a str>,
    pub(super) event_source_token: Option<&'a str>,
    pub(super) via_url: Option<bool>,
}

impl ResourcePolicy {
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Adds a statement whose id is new.
    pub(super) fn add(&mut self, statement: Statement) -> Result<(), ApiError> {
        if self.statements.iter().any(|other| other.sid == statement.sid) {
            return Err(ApiError::conflict(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
                statement.sid
            )));
        }
        self.statements.push(statement);
        self.revision = revision();
        if self.text()?.len() > MAX_POLICY_BYTES {
            let message = format!("The final policy size is bigger than the limit ({MAX_POLICY_BYTES}).");
            return Err(ApiError::new(Exception::PolicyLengthExceeded, message));
        }
        Ok(())
    }

    /// Removes the statement with this id.
    pub(super) fn remove(&mut self, sid: &str) -> Result<(), ApiError> {
        let before = self.statements.len();
        self.statements.retain(|statement| statement.sid != sid);
        if self.statements.len() == before {
            return Err(ApiError::not_found(format!("Statement {sid} is not found in resource policy.")));
        }
        self.revision = revision();
        Ok(())
    }

    /// The policy's JSON.
    pub(super) fn text(&self) -> Result<String, ApiError> {
        Ok(json!({"Version": "2012-10-17", "Id": "default", "Statement": serde_json::to_value(&self.statements)
            .map_err(|error| ApiError::service(error.to_string()))?})
        .to_string())
    }

    /// Reads a whole policy that a caller wrote.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let wrong = |what: &str| ApiError::invalid(format!("The policy is not valid: {what}."));
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let statements = value.get("Statement").cloned().ok_or_else(|| wrong("it has no Statement"))?;
        let statements = serde_json::from_value(statements).map_err(|error| wrong(&error.to_string()))?;
        if text.len() > MAX_POLICY_BYTES {
            let message = format!("The final policy size is bigger than the limit ({MAX_POLICY_BYTES}).");
            return Err(ApiError::new(Exception::PolicyLengthExceeded, message));
        }
        Ok(Self { statements, revision: revision() })
    }

    /// Whether anyone may use the function's URL without a signature.
    pub(super) fn has_public_url(&self) -> bool {
        self.statements.iter().any(|statement| {
            let auth_type =
                statement.condition.as_ref().and_then(|condition| condition.pointer("/StringEquals/lambda:FunctionUrlAuthType"));
            let is_anyone = statement.principal == "*" || statement.principal.get("AWS").is_some_and(|who| who == "*");
            let is_right = matches!(statement.action.as_str(), "lambda:InvokeFunctionUrl" | "lambda:*");
            statement.effect == "Allow" && is_anyone && is_right && auth_type.is_none_or(|kind| kind == "NONE")
        })
    }
}

impl Statement {
    /// A statement about a function.
    pub(super) fn of_function(
        sid: &str,
        action: &str,
        principal: &str,
        resource: &str,
        conditions: Conditions<'_>,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            sid: sid.to_owned(),
            effect: "Allow".into(),
            principal: principal_of(principal)?,
            action: action.to_owned(),
            resource: resource.to_owned(),
            condition: conditions.value(),
        })
    }

    /// A statement about a layer version: one action is there to allow.
    pub(super) fn of_layer(
        scope: &Scope,
        sid: &str,
        action: &str,
        principal: &str,
        organization: Option<&str>,
        resource: &str,
    ) -> Result<Self, ApiError> {
        if action != "lambda:GetLayerVersion" {
            let message = format!(
                "1 validation error detected: Value '{action}' at 'action' failed to satisfy constraint: Member must satisfy regular \
                 expression pattern: lambda:GetLayerVersion"
            );
            return Err(ApiError::new(Exception::Validation, message));
        }
        debug_assert!(resource.contains(&scope.account.id), "a layer of this account");
        Self::of_function(sid, action, principal, resource, Conditions { organization, ..Conditions::default() })
    }
}

impl Conditions<'_> {
    fn value(self) -> Option<Value> {
        let mut equals = BTreeMap::new();
        let members = [
            ("AWS:SourceAccount", self.source_account),
            ("aws:PrincipalOrgID", self.organization),
            ("lambda:EventSourceToken", self.event_source_token),
            ("lambda:FunctionUrlAuthType", self.url_auth_type),
        ];
        for (name, value) in members {
            value.map(|value| equals.insert(name, value));
        }
        let mut condition = Map::new();
        if !equals.is_empty() {
            condition.insert("StringEquals".into(), json!(equals));
        }
        if let Some(via_url) = self.via_url {
            condition.insert("Bool".into(), json!({"lambda:InvokedViaFunctionUrl": via_url.to_string()}));
        }
        if let Some(arn) = self.source_arn {
            condition.insert("ArnLike".into(), json!({"AWS:SourceArn": arn}));
        }
        (!condition.is_empty()).then_some(Value::Object(condition))
    }
}

/// A service, an account, an ARN of IAM, or anyone.
fn principal_of(text: &str) -> Result<Value, ApiError> {
    let is_service = |text: &str| {
        let is_host = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        is_host && (text.ends_with(".amazonaws.com") || text.ends_with(".amazon.com") || text.ends_with(".amazonaws.com.cn"))
    };
    match text {
        "*" => Ok(json!("*")),
        account if is_account(account) => Ok(json!({"AWS": format!("arn:aws:iam::{account}:root")})),
        service if is_service(service) => Ok(json!({"Service": service})),
        arn if arn.starts_with("arn:aws") && (arn.contains(":iam::") || arn.contains(":sts::")) => Ok(json!({"AWS": arn})),
        _ => Err(ApiError::invalid("The provided principal was invalid. Please check the principal and try again.")),
    }
}

/// 404 where a policy is needed.
pub(super) fn none() -> ApiError {
    ApiError::not_found("No policy is associated with the given resource.")
}

/// The statement as text.
pub(super) fn statement_text(statement: &Statement) -> Result<String, ApiError> {
    records::write(statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_written_as_aws_writes_them() {
        let conditions = Conditions { source_arn: Some("arn:aws:s3:::b"), source_account: Some("123456789012"), ..Conditions::default() };
        let statement = Statement::of_function("s1", "lambda:InvokeFunction", "s3.amazonaws.com", "arn", conditions).expect("a principal");
        assert_eq!(
            statement_text(&statement).expect("text"),
            r#"{"Sid":"s1","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}"#
        );
        let mut policy = ResourcePolicy::default();
        policy.add(statement.clone()).expect("new");
        assert_eq!(
            policy.add(statement).map_err(|error| error.to_string()),
            Err("ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove \
                 the existing statement."
                .into())
        );
        let text = policy.text().expect("text");
        assert!(text.starts_with(r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s1""#), "{text}");
        assert_eq!(ResourcePolicy::parse(&text).expect("ours").statements, policy.statements);
        assert!(!policy.has_public_url());
    }

    #[test]
    fn principals() {
        assert_eq!(principal_of("210987654321").expect("an account"), json!({"AWS": "arn:aws:iam::210987654321:root"}));
        assert_eq!(principal_of("*").expect("anyone"), json!("*"));
        for wrong in ["", "invalid.nonaws.com", "1234", "arn:x", "a b.amazonaws.com"] {
            assert!(principal_of(wrong).is_err(), "{wrong}");
        }
    }
}

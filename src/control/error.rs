//! What the API answers in place of a result: one enum of exceptions that knows status and body.

use std::fmt;

use serde_json::{Value, json};

/// An exception of AWS's, by its name. Those that only the HTTP side can meet are here too, so that names, statuses and
/// bodies have one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are AWS's, and its API reference says what they mean")]
pub enum Exception {
    AccessDenied,
    CodeSigningConfigNotFound,
    CodeStorageExceeded,
    CodeVerificationFailed,
    IncompleteSignature,
    InvalidParameterValue,
    InvalidRequestContent,
    InvalidSignature,
    InvalidZipFile,
    LogsInvalidParameter,
    LogsResourceNotFound,
    MissingAuthenticationToken,
    PolicyLengthExceeded,
    PreconditionFailed,
    ProvisionedConcurrencyConfigNotFound,
    PublicPolicy,
    RequestEntityTooLarge,
    RequestTooLarge,
    ResourceConflict,
    ResourceInUse,
    ResourceNotFound,
    ResourceNotReady,
    Serialization,
    Service,
    ServiceUnavailable,
    TooManyRequests,
    UnknownOperation,
    UnrecognizedClient,
    UnsupportedMediaType,
    Validation,
}

/// Which members the body of an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// `Type` and `message`.
    Lower,
    /// `Type` and `Message`.
    Upper,
    /// `message` alone.
    LowerAlone,
    /// `Message` alone.
    UpperAlone,
}

impl Exception {
    /// The name for `x-amzn-ErrorType`.
    pub fn name(self) -> &'static str {
        self.parts().0
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.parts().1
    }

    /// The body that it has unless a message is known to come in another one.
    fn shape(self) -> BodyShape {
        self.parts().2
    }

    fn parts(self) -> (&'static str, u16, BodyShape) {
        use BodyShape::{Lower, LowerAlone, Upper, UpperAlone};
        match self {
            Self::AccessDenied => ("AccessDeniedException", 403, UpperAlone),
            Self::CodeSigningConfigNotFound => ("CodeSigningConfigNotFoundException", 404, Upper),
            Self::CodeStorageExceeded => ("CodeStorageExceededException", 400, Lower),
            Self::CodeVerificationFailed => ("CodeVerificationFailedException", 400, Lower),
            Self::IncompleteSignature => ("IncompleteSignatureException", 403, LowerAlone),
            Self::InvalidParameterValue => ("InvalidParameterValueException", 400, Lower),
            Self::InvalidRequestContent => ("InvalidRequestContentException", 400, Lower),
            Self::InvalidSignature => ("InvalidSignatureException", 403, LowerAlone),
            Self::InvalidZipFile => ("InvalidZipFileException", 502, Lower),
            Self::LogsInvalidParameter => ("InvalidParameterException", 400, LowerAlone),
            Self::LogsResourceNotFound => ("ResourceNotFoundException", 400, LowerAlone),
            Self::MissingAuthenticationToken => ("MissingAuthenticationTokenException", 403, LowerAlone),
            Self::PolicyLengthExceeded => ("PolicyLengthExceededException", 400, Lower),
            Self::PreconditionFailed => ("PreconditionFailedException", 412, Lower),
            Self::ProvisionedConcurrencyConfigNotFound => ("ProvisionedConcurrencyConfigNotFoundException", 404, Lower),
            Self::PublicPolicy => ("PublicPolicyException", 400, Lower),
            Self::RequestEntityTooLarge => ("RequestEntityTooLargeException", 413, LowerAlone),
            Self::RequestTooLarge => ("RequestTooLargeException", 413, Lower),
            Self::ResourceConflict => ("ResourceConflictException", 409, Lower),
            Self::ResourceInUse => ("ResourceInUseException", 400, Upper),
            Self::ResourceNotFound => ("ResourceNotFoundException", 404, Upper),
            Self::ResourceNotReady => ("ResourceNotReadyException", 502, Lower),
            Self::Serialization => ("SerializationException", 400, LowerAlone),
            Self::Service => ("ServiceException", 500, Upper),
            Self::ServiceUnavailable => ("ServiceUnavailableException", 503, Upper),
            Self::TooManyRequests => ("TooManyRequestsException", 429, Lower),
            Self::UnknownOperation => ("UnknownOperationException", 404, LowerAlone),
            Self::UnrecognizedClient => ("UnrecognizedClientException", 403, LowerAlone),
            Self::UnsupportedMediaType => ("UnsupportedMediaTypeException", 415, Lower),
            Self::Validation => ("ValidationException", 400, LowerAlone),
        }
    }
}

/// Why AWS answers 429, as `Reason` in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleReason {
    /// The function's reserved concurrency is in use.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The account's concurrency is in use, or memory or queue of this machine.
    ConcurrentInvocationLimitExceeded,
}

impl ThrottleReason {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
        }
    }
}

/// An error as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Which exception.
    pub code: Exception,
    /// AWS's sentence. `None` is the null of an error about another account.
    pub message: Option<String>,
    /// With 429 alone.
    pub reason: Option<ThrottleReason>,
    /// Seconds for the header `Retry-After`.
    pub retry_after: Option<u32>,
    /// The members of the body.
    pub shape: BodyShape,
}

impl ApiError {
    /// An exception with its usual body.
    pub fn new(code: Exception, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), reason: None, retry_after: None, shape: code.shape() }
    }

    /// 400 InvalidParameterValueException.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exception::InvalidParameterValue, message)
    }

    /// 404 ResourceNotFoundException.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exception::ResourceNotFound, message)
    }

    /// 409 ResourceConflictException.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Exception::ResourceConflict, message)
    }

    /// 500 ServiceException: a fault of this server, not of the request.
    pub fn service(message: impl Into<String>) -> Self {
        Self::new(Exception::Service, message)
    }

    /// 429 TooManyRequestsException.
    pub fn throttled(message: impl Into<String>, reason: ThrottleReason) -> Self {
        Self { reason: Some(reason), ..Self::new(Exception::TooManyRequests, message) }
    }

    /// 403 for what is in another account, whose message is null.
    pub fn other_account() -> Self {
        Self { message: None, ..Self::new(Exception::AccessDenied, "") }
    }

    /// The same error with other members in its body.
    #[must_use]
    pub fn shaped(self, shape: BodyShape) -> Self {
        Self { shape, ..self }
    }

    /// The body's JSON object.
    pub fn body(&self) -> Value {
        let kind = if self.code.status() >= 500 { "Service" } else { "User" };
        let mut body = match self.shape {
            BodyShape::Lower => json!({"Type": kind, "message": self.message}),
            BodyShape::Upper => json!({"Type": kind, "Message": self.message}),
            BodyShape::LowerAlone => json!({"message": self.message}),
            BodyShape::UpperAlone => json!({"Message": self.message}),
        };
        if let Some(reason) = self.reason {
            body["Reason"] = reason.name().into();
        }
        body
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message.as_deref().unwrap_or("null"))
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_awss() {
        let text = |error: ApiError| error.body().to_string();
        assert_eq!(text(ApiError::not_found("x")), r#"{"Type":"User","Message":"x"}"#);
        assert_eq!(text(ApiError::invalid("x")), r#"{"Type":"User","message":"x"}"#);
        assert_eq!(text(ApiError::service("x")), r#"{"Type":"Service","Message":"x"}"#);
        assert_eq!(text(ApiError::invalid("x").shaped(BodyShape::LowerAlone)), r#"{"message":"x"}"#);
        assert_eq!(text(ApiError::other_account()), r#"{"Message":null}"#);
        assert_eq!(
            text(ApiError::throttled("Rate Exceeded.", ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded)),
            r#"{"Type":"User","message":"Rate Exceeded.","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}"#
        );
    }
}

//! What the error codes of AWS mean for a run.

use crate::edge::failure::{Cause, Failure};

/// Codes of a service that was asked too often (Amazon DynamoDB Developer Guide, *Error handling*; Amazon SQS API Reference,
/// *SendMessageBatch*).
const THROTTLED: [&str; 8] = [
    "KmsThrottled",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Codes that somebody has to do something about.
const FINAL: [&str; 22] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "AWS.SimpleQueueService.UnsupportedOperation",
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidAddress",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "KmsAccessDenied",
    "KmsDisabled",
    "KmsInvalidState",
    "KmsNotFound",
    "NoSuchBucket",
    "NoSuchKey",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "UnsupportedOperation",
    "ValidationException",
];

/// Whether the code says that the service was asked too often.
pub(crate) fn is_throttled(code: &str) -> bool {
    THROTTLED.contains(&code)
}

/// The failure of a call, by its code. `None`: no answer. `what` names the call.
pub(crate) fn failure(code: Option<&str>, what: &str) -> Failure {
    let Some(code) = code else {
        let message = format!("{what} was not answered: check the network and the credentials");
        return Failure::new(Cause::Passing, message);
    };
    if is_throttled(code) {
        let message = format!("{what} was refused with {code}: lower the rate, or raise the capacity");
        return Failure::new(Cause::Throttled, message);
    }
    if FINAL.contains(&code) {
        let message =
            format!("{what} was refused with {code}: check that it exists, and that this role may use it");
        return Failure::new(Cause::Final, message);
    }
    Failure::new(Cause::Passing, format!("{what} failed with {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_ends_the_run_and_a_busy_or_silent_service_does_not() {
        for (code, cause) in [
            (Some("ProvisionedThroughputExceededException"), Cause::Throttled),
            (Some("AccessDeniedException"), Cause::Final),
            (Some("InternalServerError"), Cause::Passing),
            (None, Cause::Passing),
        ] {
            assert_eq!(failure(code, "the scan").cause(), cause, "{code:?}");
        }
    }
}

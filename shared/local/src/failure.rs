//! Explains a refused AWS call: what failed, why, and how to fix it.

use std::error::Error;
use std::fmt::Display;

use anyhow::anyhow;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// An error that says what failed, why, and how to fix it if that is known. `permission` is what the call needs.
pub fn explained<E, R>(what: impl Display, permission: &str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    let cause = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => chain(error),
    };
    match remedy(
        error.code(),
        permission,
        matches!(error, SdkError::DispatchFailure(_)),
    ) {
        Some(remedy) => anyhow!("{what} ({cause}); {remedy}"),
        None => anyhow!("{what} ({cause})"),
    }
}

/// The message of an error and of all its causes.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn remedy(code: Option<&str>, permission: &str, unreachable: bool) -> Option<String> {
    if unreachable {
        return Some(
            "no service answers at that address: check the network, the region and --endpoint".to_owned(),
        );
    }
    let code = code?;
    let is = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
    if is(&[
        "AccessDenied",
        "Unauthorized",
        "AuthorizationError",
        "NotAuthorized",
    ]) {
        return Some(format!("the caller needs {permission}"));
    }
    let remedy = if is(&[
        "Expired",
        "InvalidClientToken",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidAccessKey",
    ]) {
        "the credentials are expired or invalid: sign in again, or choose others with AWS_PROFILE"
    } else if is(&["NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"]) {
        "this account and region have no queue with that URL: check AWS_REGION, and the URL in the outputs of the stack"
    } else if is(&["Throttl", "RequestLimit", "OverLimit"]) {
        "try again later (`parked redrive` takes --rate)"
    } else {
        return None;
    };
    Some(remedy.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_failure_comes_with_its_remedy() {
        for (code, part) in [
            ("AccessDeniedException", "the caller needs sqs:Read"),
            ("KMS.AccessDeniedException", "the caller needs sqs:Read"),
            ("ExpiredToken", "sign in again"),
            ("InvalidClientTokenId", "sign in again"),
            ("AWS.SimpleQueueService.NonExistentQueue", "AWS_REGION"),
            ("RequestThrottled", "--rate"),
        ] {
            let remedy = remedy(Some(code), "sqs:Read", false).unwrap();
            assert!(remedy.contains(part), "{code}: {remedy}");
        }
        assert_eq!(remedy(Some("InternalError"), "sqs:Read", false), None);
        assert_eq!(remedy(None, "sqs:Read", false), None);
        assert!(remedy(None, "sqs:Read", true).unwrap().contains("--endpoint"));
    }
}

//! Unwraps data keys: KMS, or a fake in a test.

use std::future::Future;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use user_events_core::encryption_context;
use zeroize::Zeroizing;

use super::failure::Cause;

/// A wrapped data key, as an event carries it.
#[derive(Debug, Clone, Copy)]
pub struct WrappedKey<'a> {
    /// The class that the key seals.
    pub class: &'a str,
    /// The ARN of the KMS key that wrapped the key.
    pub key_arn: &'a str,
    /// The wrapped key.
    pub bytes: &'a [u8],
}

/// The result of unwrapping a key.
pub enum Unwrapped {
    /// The data key, 256 bits.
    Key(Zeroizing<Vec<u8>>),
    /// The credentials are not allowed to open the class.
    NotGranted,
}

/// A source of unwrapped data keys: KMS, or a fake in a test.
pub trait UnwrapKey: Send + Sync + 'static {
    /// Unwraps one data key.
    ///
    /// Fails when the key cannot be unwrapped, now or permanently. A class that is not granted is an answer, not a
    /// failure.
    fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> impl Future<Output = Result<Unwrapped, Cause>> + Send;
}

/// Data keys unwrapped by KMS.
#[derive(Debug, Clone)]
pub struct KmsKeys {
    client: Client,
}

impl KmsKeys {
    /// Unwraps keys with this client's credentials.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl UnwrapKey for KmsKeys {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        let answer = self
            .client
            .decrypt()
            .ciphertext_blob(Blob::new(wrapped.bytes))
            .key_id(wrapped.key_arn)
            .set_encryption_context(Some(encryption_context(wrapped.class).into_iter().collect()))
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let key = answer.plaintext.ok_or(Cause::Kms(None))?;
                Ok(Unwrapped::Key(Zeroizing::new(key.into_inner())))
            }
            Err(error) => meaning(error.code()),
        }
    }
}

/// What an error of KMS means, by its code. `None`: KMS could not be reached.
fn meaning(code: Option<&str>) -> Result<Unwrapped, Cause> {
    match code {
        Some("AccessDeniedException") => Ok(Unwrapped::NotGranted),
        // AWS KMS API Reference, *Decrypt*: the ciphertext was not made by this key in this context.
        Some(code @ ("InvalidCiphertextException" | "IncorrectKeyException")) => {
            Err(Cause::DataKey(code.to_owned()))
        }
        // All others pass, or somebody mends them: a key that is unavailable, disabled or deleted by mistake.
        code => Err(Cause::Kms(code.map(str::to_owned))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Disposition, Failure};
    use crate::opener::OpenFailure;

    fn disposition(code: Option<&str>) -> Option<Disposition> {
        let class = "contact".to_owned();
        let failure = meaning(code).err().map(|cause| OpenFailure { class, cause });
        failure.map(|failure| Failure::from(failure).disposition())
    }

    #[test]
    fn every_error_of_kms_is_retried_but_a_denial_and_a_key_that_kms_does_not_know() {
        // AWS KMS API Reference, *Decrypt*, *Errors*, and *Common Errors*.
        for code in [
            "KeyUnavailableException",
            "DependencyTimeoutException",
            "DisabledException",
            "InvalidGrantTokenException",
            "InvalidKeyUsageException",
            "KMSInternalException",
            "KMSInvalidStateException",
            "NotFoundException",
            "ThrottlingException",
            "ServiceUnavailable",
        ] {
            let retry = Disposition::Retry { until: None };
            assert_eq!(disposition(Some(code)), Some(retry), "{code}");
        }
        assert_eq!(disposition(None), Some(Disposition::Retry { until: None }));
        for code in ["InvalidCiphertextException", "IncorrectKeyException"] {
            assert_eq!(disposition(Some(code)), Some(Disposition::SetAside), "{code}");
        }
        assert!(matches!(
            meaning(Some("AccessDeniedException")),
            Ok(Unwrapped::NotGranted)
        ));
    }
}

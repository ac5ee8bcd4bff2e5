//! Data keys from KMS.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use user_events_core::{DataKey, encryption_context};
use zeroize::Zeroizing;

use crate::key_source::{KeySource, KeyUnavailable};

/// The error codes with which KMS refuses a key, rather than a request: nobody may use it, it is disabled, is to be deleted
/// or lacks its material, or there is none (AWS KMS API Reference, *GenerateDataKey*).
const REFUSALS: [&str; 7] = [
    "AccessDeniedException",
    "DisabledException",
    "InvalidGrantTokenException",
    "InvalidKeyUsageException",
    "KMSInvalidStateException",
    "KeyUnavailableException",
    "NotFoundException",
];

/// Data keys from KMS, wrapped under one key.
#[derive(Debug, Clone)]
pub struct KmsKeys {
    client: Client,
    key_arn: String,
}

impl KmsKeys {
    /// Data keys that are wrapped under the KMS key with this ARN.
    pub fn new(client: Client, key_arn: String) -> Self {
        Self { client, key_arn }
    }
}

impl KeySource for KmsKeys {
    async fn generate(&self, class: &'static str) -> Result<DataKey, KeyUnavailable> {
        let answer = self
            .client
            .generate_data_key()
            .key_id(&self.key_arn)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(encryption_context(class).into_iter().collect()))
            .send()
            .await
            .map_err(|error| {
                tracing::warn!(
                    class,
                    code = error.code(),
                    "no data key: KMS refused or could not be reached"
                );
                why_unavailable(error.code())
            })?;
        let key = answer
            .plaintext
            .zip(answer.ciphertext_blob)
            .and_then(|(plaintext, wrapped)| {
                let plaintext = Zeroizing::new(plaintext.into_inner());
                let mut bytes = Zeroizing::new([0; 32]);
                (plaintext.len() == bytes.len()).then(|| {
                    bytes.copy_from_slice(&plaintext);
                    DataKey {
                        plaintext: bytes,
                        wrapped: BASE64_STANDARD.encode(wrapped),
                        key_arn: answer.key_id.unwrap_or_else(|| self.key_arn.clone()),
                    }
                })
            });
        key.ok_or_else(|| {
            tracing::warn!(class, "no data key: the answer of KMS contains no 256-bit key");
            KeyUnavailable::Failed
        })
    }
}

/// Why a request failed, by the error code of KMS. Without a code, KMS could not be reached.
fn why_unavailable(code: Option<&str>) -> KeyUnavailable {
    match code {
        Some("ThrottlingException" | "LimitExceededException") => KeyUnavailable::Throttled,
        Some(code) if REFUSALS.contains(&code) => KeyUnavailable::Refused,
        _ => KeyUnavailable::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_nobody_can_use_is_told_from_a_service_that_is_busy_or_down() {
        for (code, why) in [
            (Some("DisabledException"), KeyUnavailable::Refused),
            (Some("KMSInvalidStateException"), KeyUnavailable::Refused),
            (Some("AccessDeniedException"), KeyUnavailable::Refused),
            (Some("ThrottlingException"), KeyUnavailable::Throttled),
            (Some("KMSInternalException"), KeyUnavailable::Failed),
            (None, KeyUnavailable::Failed),
        ] {
            assert_eq!(why_unavailable(code), why, "{code:?}");
        }
    }
}

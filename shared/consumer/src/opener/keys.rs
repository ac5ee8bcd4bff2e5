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
            Err(error) if error.code() == Some("AccessDeniedException") => Ok(Unwrapped::NotGranted),
            Err(error) => Err(match error.code() {
                // AWS KMS API Reference, *Decrypt*: the ciphertext was not made by this key in this context.
                Some(code @ ("InvalidCiphertextException" | "IncorrectKeyException")) => {
                    Cause::DataKey(code.to_owned())
                }
                code => Cause::Kms(code.map(str::to_owned)),
            }),
        }
    }
}

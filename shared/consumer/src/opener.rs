//! Opening the sealed classes of an event through KMS.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use user_events_core::{OpenError, SealedMember, Token, encryption_context};
use zeroize::Zeroizing;

use crate::received::ReceivedEvent;

/// Opens sealed classes with the grants of the KMS client's credentials.
#[derive(Debug, Clone)]
pub struct Opener {
    kms: Client,
}

/// A class of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// What was sealed: a JSON object.
    Clear(Value),
    /// KMS denied the class to these credentials. The rest of the event can still be used.
    NotGranted,
}

/// Why a class of an event could not be opened.
#[derive(Debug)]
pub struct OpenFailure {
    /// The class.
    pub class: String,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong while opening a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The token is not one that may stand in this place, or it was tampered with. No retry mends it.
    Refused(OpenError),
    /// KMS did not unwrap the data key, with its error code where it gave one. It may pass later.
    Kms(Option<String>),
}

impl Opener {
    /// An opener that asks this client to unwrap data keys.
    pub fn new(kms: Client) -> Self {
        Self { kms }
    }

    /// Opens every sealed class of the event. A class that is not granted is a value, not a failure.
    ///
    /// Fails when a token was moved or tampered with, and when KMS cannot be asked.
    pub async fn open(&self, event: &ReceivedEvent) -> Result<BTreeMap<String, Opened>, OpenFailure> {
        let mut opened = BTreeMap::new();
        for (class, sealed) in event.sealed() {
            let content = self
                .open_class(event.id(), class, &sealed)
                .await
                .map_err(|cause| OpenFailure {
                    class: class.to_owned(),
                    cause,
                })?;
            opened.insert(class.to_owned(), content);
        }
        Ok(opened)
    }

    async fn open_class(&self, event_id: &str, class: &str, sealed: &SealedMember) -> Result<Opened, Cause> {
        // The header first: no key is asked for on behalf of a token that stands in the wrong place.
        let token = Token::read(&sealed.sealed, event_id, class).map_err(Cause::Refused)?;
        let wrapped = BASE64_STANDARD
            .decode(&sealed.data_key)
            .map_err(|_| Cause::Refused(OpenError::Malformed))?;
        let Some(key) = self.unwrap_key(wrapped, class, &sealed.key_arn).await? else {
            return Ok(Opened::NotGranted);
        };
        let content = token.open(&key).map_err(Cause::Refused)?;
        let value = serde_json::from_slice(&content).map_err(|_| Cause::Refused(OpenError::Malformed))?;
        Ok(Opened::Clear(value))
    }

    /// `None` when the class is not granted.
    async fn unwrap_key(
        &self,
        wrapped: Vec<u8>,
        class: &str,
        key_arn: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Cause> {
        let answer = self
            .kms
            .decrypt()
            .ciphertext_blob(Blob::new(wrapped))
            .key_id(key_arn)
            .set_encryption_context(Some(encryption_context(class).into_iter().collect()))
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let key = answer.plaintext.ok_or(Cause::Kms(None))?;
                Ok(Some(Zeroizing::new(key.into_inner())))
            }
            Err(error) if error.code() == Some("AccessDeniedException") => Ok(None),
            Err(error) => Err(Cause::Kms(error.code().map(str::to_owned))),
        }
    }
}

impl fmt::Display for OpenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Refused(error) => write!(f, "class `{}` was refused: {error}", self.class),
            Cause::Kms(Some(code)) => write!(f, "class `{}`: KMS answered {code}", self.class),
            Cause::Kms(None) => write!(f, "class `{}`: KMS could not be asked", self.class),
        }
    }
}

impl std::error::Error for OpenFailure {}

//! Opens (decrypts) the sealed classes of an event.

mod cache;
mod failure;
mod flights;
mod kept;
mod keys;
mod limits;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_sdk_kms::Client;
use serde::de::DeserializeOwned;
use serde_json::Value;
use user_events_core::{Class, OpenError, Token};

use crate::received::{ReceivedEvent, SealedRef};
use cache::Cache;
pub use failure::{Cause, OpenFailure};
use kept::Answer;
pub use keys::{KmsKeys, UnwrapKey, Unwrapped, WrappedKey};
pub use limits::KeyLimits;

/// Opens sealed classes, if KMS grants them to the credentials of its client. Clones share the cache of data keys.
///
/// An opener asks KMS once per data key. Many events share a key, and callers that need the same key at the same time
/// share a request. Keys are cached within [`KeyLimits`], in memory only, and overwritten with zeros when they are
/// evicted. Denials are cached, too, for a shorter time.
pub struct Opener<S = KmsKeys> {
    keys: Arc<Cache<S>>,
}

/// An opened class of an event.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened<C = Value> {
    /// The decrypted content.
    Clear(C),
    /// KMS denied the class to the client's credentials. The rest of the event can still be used.
    NotGranted,
}

impl Opener {
    /// An opener that unwraps data keys with this client, within the default limits.
    pub fn new(kms: Client) -> Self {
        Self::from_source(KmsKeys::new(kms), KeyLimits::default())
    }
}

impl<S: UnwrapKey> Opener<S> {
    /// An opener with another source of data keys or other limits: `Opener::from_source(KmsKeys::new(client), limits)`.
    pub fn from_source(source: S, limits: KeyLimits) -> Self {
        Self {
            keys: Arc::new(Cache::new(source, limits)),
        }
    }

    /// Opens one class: `opener.open::<Contact>(&event)`. `None` if the event has no such class, because the user has
    /// no value for any of its fields. A class that is not granted is a value, not a failure.
    ///
    /// Fails when the token was moved or tampered with, when its content does not fit the class, and when KMS does not
    /// answer.
    pub async fn open<C: Class + DeserializeOwned>(
        &self,
        event: &ReceivedEvent,
    ) -> Result<Option<Opened<C>>, OpenFailure> {
        self.open_as(event, C::NAME).await
    }

    /// Opens one class by its name, as JSON or as any type that can be deserialized from it.
    ///
    /// Fails like [`open`](Self::open).
    pub async fn open_as<C: DeserializeOwned>(
        &self,
        event: &ReceivedEvent,
        class: &str,
    ) -> Result<Option<Opened<C>>, OpenFailure> {
        let opened = match event.sealed_class(class) {
            None => return Ok(None),
            Some(None) => Err(Cause::Refused(OpenError::Malformed)),
            Some(Some(sealed)) => self.open_sealed(event.id(), class, &sealed).await,
        };
        opened.map(Some).map_err(|cause| OpenFailure::new(class, cause))
    }

    /// Opens every sealed class of the event, also classes that this version does not know. Returns JSON by class name.
    ///
    /// Fails when a token was moved or tampered with, and when KMS does not answer.
    pub async fn open_all(&self, event: &ReceivedEvent) -> Result<BTreeMap<String, Opened>, OpenFailure> {
        let mut opened = BTreeMap::new();
        for (class, sealed) in event.sealed_classes() {
            let content = self.open_sealed(event.id(), &class, &sealed).await;
            let content = content.map_err(|cause| OpenFailure::new(&class, cause))?;
            opened.insert(class.into_owned(), content);
        }
        Ok(opened)
    }

    async fn open_sealed<C: DeserializeOwned>(
        &self,
        event_id: &str,
        class: &str,
        sealed: &SealedRef<'_>,
    ) -> Result<Opened<C>, Cause> {
        // The header first: a token of another event or class must not cause a call to KMS.
        let token = Token::read(&sealed.sealed, event_id, class).map_err(Cause::Refused)?;
        let Answer::Key(key) = self.keys.get(class, &sealed.key_arn, &sealed.data_key).await? else {
            return Ok(Opened::NotGranted);
        };
        let content = token.open(&key).map_err(Cause::Refused)?;
        serde_json::from_slice(&content)
            .map(Opened::Clear)
            .map_err(|_| Cause::DoesNotFit)
    }
}

impl<C> Opened<C> {
    /// The decrypted content; `None` if the class is not granted.
    pub fn clear(self) -> Option<C> {
        match self {
            Self::Clear(content) => Some(content),
            Self::NotGranted => None,
        }
    }
}

impl<S> Clone for Opener<S> {
    fn clone(&self) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
        }
    }
}

impl<S> fmt::Debug for Opener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}

/// Prints none of the decrypted content.
impl<C> fmt::Debug for Opened<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear(_) => "Clear([sensitive])",
            Self::NotGranted => "NotGranted",
        })
    }
}

#[cfg(test)]
mod tests;

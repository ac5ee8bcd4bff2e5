//! Opening the sealed classes of an event.

mod cache;
mod failure;
mod keys;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_sdk_kms::Client;
use serde::de::DeserializeOwned;
use serde_json::Value;
use user_events_core::{Class, OpenError, Token};

use crate::received::{ReceivedEvent, SealedRef};
pub use cache::KeyLimits;
use cache::{Answer, Cache};
pub use failure::{Cause, OpenFailure};
pub use keys::{KmsKeys, UnwrapKey, Unwrapped, WrappedKey};

/// Opens sealed classes with the grants of the KMS client's credentials. Clones share their data keys.
///
/// KMS is asked once per data key: events share one, and many who wait for the same one share a request. Keys are kept
/// within [`KeyLimits`], in memory only, and overwritten with zeros when they are let go. That a class was denied is
/// kept, too, for a shorter time.
pub struct Opener<S = KmsKeys> {
    keys: Arc<Cache<S>>,
}

/// A class of an event.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened<C = Value> {
    /// What was sealed.
    Clear(C),
    /// KMS denied the class to these credentials. The rest of the event can still be used.
    NotGranted,
}

impl Opener {
    /// An opener that asks this client to unwrap data keys, within the default limits.
    pub fn new(kms: Client) -> Self {
        Self::of(KmsKeys::new(kms), KeyLimits::default())
    }
}

impl<S: UnwrapKey> Opener<S> {
    /// An opener with another source of data keys or other limits: `Opener::of(KmsKeys::new(client), limits)`.
    pub fn of(source: S, limits: KeyLimits) -> Self {
        Self {
            keys: Arc::new(Cache::new(source, limits)),
        }
    }

    /// Opens one class: `opener.open::<Contact>(&event)`. `None` where the event has no such class, which is what an
    /// event without a value for it looks like. A class that is not granted is a value, not a failure.
    ///
    /// Fails when the token was moved or tampered with, when what was sealed does not fit the class, and when KMS
    /// cannot be asked.
    pub async fn open<C: Class + DeserializeOwned>(
        &self,
        event: &ReceivedEvent,
    ) -> Result<Option<Opened<C>>, OpenFailure> {
        self.open_as(event, C::NAME).await
    }

    /// Opens one class by its name, as JSON or whatever can be read from it.
    ///
    /// Fails as [`open`](Self::open) does.
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

    /// Opens every sealed class of the event, those that this version does not know included, as JSON by their names.
    ///
    /// Fails when a token was moved or tampered with, and when KMS cannot be asked.
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
        // The header first: no key is asked for on behalf of a token that stands in the wrong place.
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
    /// What was sealed; `None` where the class is not granted.
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

/// Prints nothing of what was sealed.
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

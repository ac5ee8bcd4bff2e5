//! Opens (decrypts) the sealed classes of an event.

mod cache;
mod failure;
mod flights;
mod kept;
mod kept_persons;
mod keys;
mod limits;
mod subject_key;
mod subject_keys;
#[cfg(feature = "subject-keys")]
mod subject_table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_sdk_kms::Client;
use serde::de::DeserializeOwned;
use serde_json::Value;
use user_events_core::strict::Misfit;
use user_events_core::{Class, OpenError, Token};

use crate::received::{ClassMember, ReceivedEvent, SealedRef};
use cache::{Cache, wrapped_bytes};
pub use failure::{Cause, OpenFailure};
use kept::Answer;
pub use keys::{KmsKeys, UnwrapKey, Unwrapped, WrappedKey};
pub use limits::KeyLimits;
pub use subject_key::{SubjectKey, SubjectKeys};
use subject_keys::{MaybePersons, Persons, Share};
#[cfg(feature = "subject-keys")]
pub use subject_table::SubjectKeyTable;

/// Opens sealed classes, if KMS grants them to the credentials of its client. Clones share the cache of data keys.
///
/// An opener knows the *seal keys* that it expects: the ARNs of the KMS keys under which the publisher's data keys are. It
/// refuses a data key under any other before it asks KMS, because anybody can seal an event under a KMS key of their own.
///
/// It opens only what its caller asks for, and asks KMS once per data key. Many events share a key, and callers that need
/// the same key at the same time share a request. Keys are cached within [`KeyLimits`], in memory only, and overwritten
/// with zeros when they are evicted. Denials are cached, too, for a shorter time.
pub struct Opener<S = KmsKeys> {
    keys: Arc<Cache<S>>,
    limits: KeyLimits,
    seal_keys: Arc<[String]>,
    required: Arc<[String]>,
    persons: MaybePersons,
}

/// An opened class of an event.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened<C = Value> {
    /// The decrypted content.
    Clear(C),
    /// KMS denied the class to the client's credentials. The rest of the event can still be used.
    NotGranted,
    /// The person was erased: the class can never be opened again. The rest of the event can still be used.
    Erased,
}

impl Opener {
    /// An opener that unwraps data keys with this client, within the default limits. It expects the seal keys with these
    /// ARNs: usually one, which the publisher writes to the parameter `/user-events/<stage>/seal-key-arn`.
    pub fn new<K: Into<String>>(kms: Client, seal_keys: impl IntoIterator<Item = K>) -> Self {
        Self::from_source(KmsKeys::new(kms), seal_keys, KeyLimits::default())
    }
}

impl<S: UnwrapKey> Opener<S> {
    /// An opener with another source of data keys or other limits:
    /// `Opener::from_source(KmsKeys::new(client), [seal_key_arn], limits)`.
    pub fn from_source<K: Into<String>>(
        source: S,
        seal_keys: impl IntoIterator<Item = K>,
        limits: KeyLimits,
    ) -> Self {
        Self {
            keys: Arc::new(Cache::new(source, limits)),
            limits,
            seal_keys: seal_keys.into_iter().map(Into::into).collect(),
            required: Arc::default(),
            persons: None,
        }
    }

    /// Makes a class required: when KMS denies it, opening it fails with [`Cause::NotGranted`], so that the event waits for
    /// the grant. Without this a missing grant is a value, and an effect that needs the class is lost without a trace.
    #[must_use]
    pub fn require<C: Class>(self) -> Self {
        self.require_named(C::NAME)
    }

    /// Makes a class required by its name, like [`require`](Self::require).
    #[must_use]
    pub fn require_named(mut self, class: &str) -> Self {
        let required = self.required.iter().cloned();
        self.required = required.chain([class.to_owned()]).collect();
        self
    }

    /// Reads the keys of persons from this table: `opener.with_subject_keys(SubjectKeyTable::new(client, table))`, with the
    /// feature `subject-keys`. Without a table, tokens that need one are refused. A person is looked up before KMS is asked,
    /// so the class of an erased person is [`Opened::Erased`] also if it is required, or not granted. A secret is kept for at
    /// most 300 seconds, also if [`KeyLimits::max_age`] is longer; a tombstone until it is evicted; an absent row never.
    #[must_use]
    pub fn with_subject_keys(mut self, table: impl SubjectKeys) -> Self {
        self.persons = Some(Arc::new(Persons::new(table, self.limits)));
        self
    }

    /// Opens one class: `opener.open::<Contact>(&event)`. `None` if the event has no such class, because the user has
    /// no value for any of its fields. A class that is not granted is a value, not a failure.
    ///
    /// Fails when the token was moved or tampered with or its data key is under another KMS key, when its content does not
    /// fit the class, when a required class is not granted, when the table of persons' keys has neither a key nor a tombstone
    /// of the person, and when KMS or that table does not answer.
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
        let opened = match event.class(class) {
            ClassMember::Absent => return Ok(None),
            ClassMember::Malformed => Err(Cause::Refused(OpenError::Malformed)),
            ClassMember::Sealed(sealed) => self.open_sealed(event, class, sealed).await,
        };
        opened.map(Some).map_err(|cause| OpenFailure::new(class, cause))
    }

    /// Opens these classes, as far as the event has them. Returns JSON by class name.
    ///
    /// Fails like [`open`](Self::open), at the first class that fails.
    pub async fn open_each(
        &self,
        event: &ReceivedEvent,
        classes: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<BTreeMap<String, Opened>, OpenFailure> {
        let mut opened = BTreeMap::new();
        for class in classes {
            let class = class.as_ref();
            if let Some(content) = self.open_as(event, class).await? {
                opened.insert(class.to_owned(), content);
            }
        }
        Ok(opened)
    }

    async fn open_sealed<C: DeserializeOwned>(
        &self,
        event: &ReceivedEvent,
        class: &str,
        sealed: SealedRef<'_>,
    ) -> Result<Opened<C>, Cause> {
        // Everything that can be refused without a key is refused before KMS is asked for one.
        if !self.seal_keys.iter().any(|expected| expected == sealed.key_arn) {
            return Err(Cause::OtherKey);
        }
        let token = Token::read(sealed.sealed, event.id(), class).map_err(Cause::Refused)?;
        if token.key_id().is_some() {
            wrapped_bytes(sealed.data_key)?;
        }
        // An erased person's event is finished without the class, whether it is granted or not: so the person comes first.
        let secret = match (token.key_id(), &self.persons) {
            (None, _) => None,
            (Some(_), None) => return Err(Cause::NoSubjectKeys),
            (Some(_), Some(persons)) => match persons.share(event, &token).await? {
                Share::Erased => return Ok(Opened::Erased),
                Share::Secret(secret) => Some(secret),
            },
        };
        let answer = self.keys.get(class, sealed.key_arn, sealed.data_key).await?;
        let Answer::Key(data_key) = answer else {
            let is_required = self.required.iter().any(|required| required == class);
            return if is_required {
                Err(Cause::NotGranted)
            } else {
                Ok(Opened::NotGranted)
            };
        };
        let content = match secret {
            Some(secret) => token
                .content_key(&data_key.bytes, secret.bytes())
                .and_then(|key| token.open_as(&key)),
            None => data_key
                .content_key
                .as_ref()
                .map_err(|error| *error)
                .and_then(|key| token.open_as(key)),
        };
        let content = content.map_err(Cause::Refused)?;
        content.map(Opened::Clear).map_err(|Misfit| Cause::DoesNotFit)
    }
}

impl<C> Opened<C> {
    /// The decrypted content; `None` if the class is not granted or the person was erased.
    pub fn clear(self) -> Option<C> {
        match self {
            Self::Clear(content) => Some(content),
            Self::NotGranted | Self::Erased => None,
        }
    }
}

impl<S> Clone for Opener<S> {
    fn clone(&self) -> Self {
        Self {
            keys: Arc::clone(&self.keys),
            limits: self.limits,
            seal_keys: Arc::clone(&self.seal_keys),
            required: Arc::clone(&self.required),
            persons: self.persons.clone(),
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
            Self::Erased => "Erased",
        })
    }
}

#[cfg(test)]
mod tests;

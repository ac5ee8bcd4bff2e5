//! The keys of persons: a second share of the key of a token, which is deleted when the person is erased.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lru::LruCache;
use tokio::time::Instant;
use user_events_core::{ContentKey, OpenError, Token, subject_key_name};
use zeroize::Zeroizing;

use super::failure::Cause;
use super::kept::DataKey;
use super::limits::KeyLimits;
use crate::received::ReceivedEvent;

/// A row of the table of persons' keys.
#[derive(Clone)]
pub enum SubjectKey {
    /// The person's key.
    Secret {
        /// Its name: the third part of the `kid` of the person's tokens.
        key_id: String,
        /// 32 bytes.
        secret: Zeroizing<Vec<u8>>,
    },
    /// A tombstone: the person was erased, for ever.
    Erased,
}

/// A table of persons' keys: DynamoDB, or a fake in a test.
pub trait SubjectKeys: Send + Sync + 'static {
    /// The row with this key, the hexadecimal SHA-256 of source and subject. `None` if there is none. A consistent read sees
    /// every write that was made before.
    ///
    /// Fails when the table does not answer, with its error code, if it sent one.
    fn row<'a>(
        &'a self,
        name: &'a str,
        is_consistent: bool,
    ) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>>;
}

/// The table, and the rows that were read from it. A missing row is never kept.
pub(super) struct Persons {
    table: Box<dyn SubjectKeys>,
    max_age: Duration,
    kept: Mutex<LruCache<String, (SubjectKey, Instant)>>,
}

/// What the key of a person comes to for a token.
pub(super) enum PersonKey {
    Content(ContentKey),
    Erased,
}

impl Persons {
    pub(super) fn new(table: impl SubjectKeys, limits: KeyLimits) -> Self {
        let most = NonZeroUsize::new(limits.max_keys).unwrap_or(NonZeroUsize::MIN);
        Self {
            table: Box::new(table),
            max_age: limits.max_age,
            kept: Mutex::new(LruCache::new(most)),
        }
    }

    /// The key of a token that needs the key of its event's person.
    ///
    /// Fails when the person has no key or another one than the token names, and when the table does not answer.
    pub(super) async fn key(
        &self,
        event: &ReceivedEvent,
        token: &Token<'_>,
        data_key: &DataKey,
    ) -> Result<PersonKey, Cause> {
        let name = subject_key_name(event.source(), event.subject());
        let is_named = |key: &SubjectKey| match key {
            SubjectKey::Erased => true,
            SubjectKey::Secret { key_id, .. } => token.key_id() == Some(key_id),
        };
        let mut key = self.kept(&name).filter(is_named);
        if key.is_none() {
            key = self.read(&name, false).await?.filter(is_named);
        }
        if key.is_none() {
            key = self.read(&name, true).await?;
        }
        match key {
            None => Err(Cause::SubjectKeyMissing),
            Some(SubjectKey::Erased) => Ok(PersonKey::Erased),
            Some(SubjectKey::Secret { key_id, secret }) if token.key_id() == Some(&key_id) => {
                let key = token.content_key(&data_key.bytes, &secret);
                key.map(PersonKey::Content).map_err(Cause::Refused)
            }
            Some(SubjectKey::Secret { .. }) => Err(Cause::Refused(OpenError::OtherEventOrClass)),
        }
    }

    fn kept(&self, name: &str) -> Option<SubjectKey> {
        let mut kept = self.lock();
        let (key, since) = kept.get(name)?;
        let is_valid = matches!(key, SubjectKey::Erased) || since.elapsed() < self.max_age;
        is_valid.then(|| key.clone())
    }

    async fn read(&self, name: &str, is_consistent: bool) -> Result<Option<SubjectKey>, Cause> {
        let row = self
            .table
            .row(name, is_consistent)
            .await
            .map_err(Cause::SubjectKeys)?;
        if let Some(key) = &row {
            self.lock().put(name.to_owned(), (key.clone(), Instant::now()));
        }
        Ok(row)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, (SubjectKey, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The persons' keys of an opener, if it has any.
pub(super) type MaybePersons = Option<Arc<Persons>>;

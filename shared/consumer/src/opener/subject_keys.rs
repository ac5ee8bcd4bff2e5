//! The second share of the key of a token, looked up for the person of its event.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use user_events_core::{KEY_BYTES, OpenError, Token, subject_key_name};

use super::failure::Cause;
use super::kept_persons::KeptPersons;
use super::limits::KeyLimits;
use super::subject_key::{Row, SubjectKey, SubjectKeys};
use crate::received::ReceivedEvent;

/// The subjects that have keys begin so: those of users.
const USERS: &str = "users/";

/// The table, and the rows that were read from it. A missing row is never kept.
pub(super) struct Persons {
    table: Box<dyn SubjectKeys>,
    kept: Mutex<KeptPersons>,
}

/// The share of a person for a token.
pub(super) enum Share {
    Secret(Secret),
    Erased,
}

/// A secret in a row.
pub(super) struct Secret(Row);

impl Secret {
    /// 32 bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self.0.as_ref() {
            SubjectKey::Secret { secret, .. } => secret,
            SubjectKey::Erased => &[],
        }
    }
}

impl Persons {
    pub(super) fn new(table: impl SubjectKeys, limits: KeyLimits) -> Self {
        Self {
            table: Box::new(table),
            kept: Mutex::new(KeptPersons::new(limits)),
        }
    }

    /// The share of the event's person, for a token that names a person's key.
    ///
    /// Fails when the event is about no user, when the person has no key or another one than the token names, when the
    /// secret has not 32 bytes, and when the table does not answer.
    pub(super) async fn share(&self, event: &ReceivedEvent, token: &Token<'_>) -> Result<Share, Cause> {
        if !event.subject().starts_with(USERS) {
            return Err(Cause::Refused(OpenError::OtherEventOrClass));
        }
        let name = subject_key_name(event.source(), event.subject());
        let is_named = |row: &Row| match row.as_ref() {
            SubjectKey::Erased => true,
            SubjectKey::Secret { key_id, .. } => token.key_id() == Some(key_id),
        };
        // A kept row that names another key may be older than the token: it is read again.
        let mut row = self.kept().get(&name).filter(is_named);
        if row.is_none() {
            row = self.read(&name).await?;
        }
        match row {
            None => Err(Cause::SubjectKeyMissing),
            Some(row) if !is_named(&row) => Err(Cause::Refused(OpenError::OtherEventOrClass)),
            Some(row) if matches!(*row, SubjectKey::Erased) => Ok(Share::Erased),
            Some(row) => {
                let secret = Secret(row);
                let fits = secret.bytes().len() == KEY_BYTES;
                fits.then_some(Share::Secret(secret))
                    .ok_or(Cause::Refused(OpenError::DoesNotOpen))
            }
        }
    }

    async fn read(&self, name: &str) -> Result<Option<Row>, Cause> {
        // The age of a secret counts from before the read, so that no secret is kept for 300 seconds
        // after the person was erased.
        let since = Instant::now();
        let row = self.table.row(name).await.map_err(Cause::SubjectKeys)?;
        let row = row.map(Arc::new);
        let mut kept = self.kept();
        match &row {
            Some(row) => kept.put(name, Arc::clone(row), since),
            None => kept.forget(name),
        }
        Ok(row)
    }

    fn kept(&self) -> MutexGuard<'_, KeptPersons> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The persons' keys of an opener, if it has any.
pub(super) type MaybePersons = Option<Arc<Persons>>;

#[cfg(test)]
mod tests;

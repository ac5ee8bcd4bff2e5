//! The publisher: the services that it uses, and what it does with one event or one record.

use std::sync::{Mutex, MutexGuard, PoisonError};

use user_events_core::{
    Category, Code, Disposition, Envelope, Error, Lock, NotSealed, RawRecord, SealedEnvelope, Time, known,
    parked_message, random_nonce, stored_record,
};

use crate::backoff::Backoff;
use crate::clock;
use crate::config::Config;
use crate::key_source::KeySource;
use crate::keys::DataKeys;
use crate::parking::{Parking, ParkingFailed, Place};
use crate::remembered::Remembered;
use crate::subject_key_store::{SubjectKeyStore, SubjectRow};
use crate::subject_keys::SubjectKeys;
use crate::topic::Topics;

/// Publishes the events of invocations. Between invocations it remembers which events were accepted, which records were
/// parked, and that a service is down.
#[derive(Debug)]
pub struct Publisher<T, P, S> {
    pub(crate) categories: &'static [&'static Category],
    pub(crate) config: Config,
    pub(crate) topics: T,
    parking: P,
    pub(crate) keys: DataKeys<S>,
    pub(crate) subject_keys: Option<SubjectKeys>,
    pub(crate) remembered: Mutex<Remembered>,
    pub(crate) backoff: Backoff,
    clock: fn() -> Time,
}

impl<T: Topics, P: Parking, S: KeySource> Publisher<T, P, S> {
    /// A publisher of these categories.
    pub fn new(
        categories: &'static [&'static Category],
        config: Config,
        topics: T,
        parking: P,
        keys: DataKeys<S>,
    ) -> Self {
        Self {
            categories,
            config,
            topics,
            parking,
            keys,
            subject_keys: None,
            remembered: Mutex::default(),
            backoff: Backoff::default(),
            clock: clock::now,
        }
    }

    /// The same publisher, which seals the classes of persons with keys of this table, too.
    #[must_use]
    pub fn with_subject_keys(mut self, store: impl SubjectKeyStore) -> Self {
        self.subject_keys = Some(SubjectKeys::new(store, &self.config.publication.source));
        self
    }

    /// The same publisher with pauses that depend on this seed only and a clock that stays at 1970, for runs that must be
    /// repeatable.
    #[must_use]
    pub fn repeatable(self, seed: u64) -> Self {
        Self {
            backoff: Backoff::from_seed(seed),
            keys: self.keys.with_backoff_seed(!seed),
            subject_keys: self.subject_keys.map(|keys| keys.with_backoff_seed(!seed)),
            clock: || Time::UNIX_EPOCH,
            ..self
        }
    }

    /// Seals an event in its turn.
    pub(crate) fn seal(&self, mut envelope: Box<Envelope>) -> Result<SealedEnvelope, NotSealed> {
        if let Some(persons) = &self.subject_keys
            && let Some(person) = envelope.person()
        {
            match persons.get(person) {
                Some(SubjectRow::Key(key)) => envelope.set_subject_key(key),
                Some(SubjectRow::Erased) => {
                    envelope.erase();
                    persons.count_erased();
                }
                None => {
                    let lock = Lock::SubjectKey(person.to_owned());
                    return Err(NotSealed::KeyMissing(envelope, lock));
                }
            }
        }
        let keys = match self.keys.ring(envelope.classes()) {
            Ok(keys) => keys,
            Err(class) => return Err(NotSealed::KeyMissing(envelope, Lock::DataKey(class))),
        };
        let event = envelope
            .seal(&keys, &mut random_nonce)
            .map_err(|error| match error.disposition() {
                Disposition::Park => NotSealed::Unsealable(error),
                Disposition::Retry => NotSealed::Stopped,
            })?;
        // With batches of one lane, the event may have to be marked as replayed after it was sent once.
        let mark = if self.config.lane_batching {
            SealedEnvelope::REPLAY_BYTES
        } else {
            0
        };
        if event.bytes() + mark <= self.config.max_message_bytes {
            return Ok(event);
        }
        let message = format!(
            "an event of category {} is larger than its topic accepts",
            event.category
        );
        Err(NotSealed::Unsealable(Error::new(Code::EventTooLarge, message)))
    }

    /// Parks what is known of the record, or all of it if nobody knows what is read of it. What is larger than the queue accepts
    /// goes to the bucket of failures.
    pub(crate) async fn park(&self, raw: &RawRecord<'_>, error: &Error) -> Result<Place, ParkingFailed> {
        let again = self.config.publication.replay.then(|| {
            let message = format!("redriven and parked again: {}", error.message());
            Error::new(error.code(), message)
        });
        let error = again.as_ref().unwrap_or(error);
        let parked_at = self.now();
        let mapping = self.config.mapping.as_ref();
        let raw = &raw.mapped(mapping.is_some_and(|mapping| mapping.is_for(raw)));
        let identity = raw.identity();
        let origin = self.config.origin_region_attribute.as_deref();
        let known = known(self.categories, mapping, raw, origin);
        let raw = &known.as_deref().map_or(*raw, |known| raw.known(known));
        let message = parked_message(raw, error, parked_at).map_err(|_| ParkingFailed)?;
        if message.len() <= self.config.parked_max_bytes {
            self.parking.send(message).await?;
            return Ok(Place::Queue);
        }
        let object = stored_record(raw, error, parked_at).map_err(|_| ParkingFailed)?;
        // The same record gets the same key, so a repetition does not make a second object.
        let key = format!("parked/{identity}.json");
        self.parking.store(key, object).await?;
        Ok(Place::Bucket)
    }

    /// The time of day.
    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(crate) fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Persons, for a program that seals outside of a stream function: it asks for those of a page at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;
use user_events_core::{SubjectKey, subject_key_name};

use crate::subject_key_store::{MAX_READ, SubjectKeyStore, SubjectRow, TableFailed};
use crate::subject_keys::SubjectKeys;

/// How often persons are asked for before their table counts as failed.
const ATTEMPTS: u32 = 5;
/// How long it is remembered that a person was not erased.
const MAX_AGE: Duration = Duration::from_secs(300);
/// The most persons that are remembered.
const MAX_KEPT: usize = 20_000;

/// What the table of persons' keys says of persons.
pub struct Persons(Mode);

enum Mode {
    /// Classes are sealed with persons' keys: those that are missing are created.
    Sealing(Box<SubjectKeys>),
    /// Only tombstones matter: no key is created.
    Tombstones(Box<Tombstones>),
}

struct Tombstones {
    store: Box<dyn SubjectKeyStore>,
    source: String,
    /// When a person was seen without a tombstone.
    kept: Mutex<LruCache<String, Instant>>,
}

/// What is known of a person.
#[derive(Debug, Clone)]
pub enum Person {
    /// The key that the person's classes are sealed with, besides the data key.
    Key(Arc<SubjectKey>),
    /// The person was erased, for ever.
    Erased,
    /// The person was not erased, and classes are sealed with data keys alone.
    Known,
}

impl Persons {
    /// Persons of this source, whose classes are sealed with their keys, too: `SubjectKeys=on`. Keys that are missing are created.
    pub fn sealing(store: impl SubjectKeyStore, source: &str) -> Self {
        Self(Mode::Sealing(Box::new(SubjectKeys::new(store, source))))
    }

    /// Persons of this source, of whom only matters whether they were erased: `SubjectKeys=prepared`, and dry runs. Nothing is
    /// written.
    pub fn tombstones(store: impl SubjectKeyStore, source: &str) -> Self {
        Self(Mode::Tombstones(Box::new(Tombstones {
            store: Box::new(store),
            source: source.to_owned(),
            kept: Mutex::new(LruCache::unbounded()),
        })))
    }

    /// The same persons with pauses that depend on this seed only.
    #[must_use]
    pub fn repeatable(self, seed: u64) -> Self {
        match self.0 {
            Mode::Sealing(keys) => Self(Mode::Sealing(Box::new(keys.with_backoff_seed(seed)))),
            Mode::Tombstones(_) => self,
        }
    }

    /// What is known of these persons, subjects such as `users/42`.
    ///
    /// Fails when the table does not answer for all of them. The log has the cause.
    pub async fn know(&self, subjects: &[String]) -> Result<BTreeMap<String, Person>, TableFailed> {
        match &self.0 {
            Mode::Sealing(keys) => with_keys(keys, subjects).await,
            Mode::Tombstones(tombstones) => tombstones.know(subjects).await,
        }
    }
}

async fn with_keys(keys: &SubjectKeys, subjects: &[String]) -> Result<BTreeMap<String, Person>, TableFailed> {
    let mut known = BTreeMap::new();
    for attempt in 0.. {
        let mut missing = Vec::new();
        for subject in subjects {
            match keys.get(subject) {
                Some(SubjectRow::Key(key)) => drop(known.insert(subject.clone(), Person::Key(key))),
                Some(SubjectRow::Erased) => drop(known.insert(subject.clone(), Person::Erased)),
                None if known.contains_key(subject) => {}
                None => missing.push(subject.clone()),
            }
        }
        if missing.is_empty() {
            break;
        }
        if attempt == ATTEMPTS {
            return Err(TableFailed);
        }
        // It waits for the pause after a failure by itself.
        for subjects in missing.chunks(MAX_READ) {
            keys.fetch(subjects).await;
        }
    }
    Ok(known)
}

impl Tombstones {
    async fn know(&self, subjects: &[String]) -> Result<BTreeMap<String, Person>, TableFailed> {
        let mut known = BTreeMap::new();
        let mut unknown = Vec::new();
        for subject in subjects {
            let kept = self.lock().get(subject).copied();
            if kept.is_some_and(|asked| asked.elapsed() < MAX_AGE) {
                known.insert(subject.clone(), Person::Known);
            } else {
                unknown.push(subject);
            }
        }
        for subjects in unknown.chunks(MAX_READ) {
            let asked = Instant::now();
            let names: Vec<_> = subjects
                .iter()
                .map(|subject| subject_key_name(&self.source, subject))
                .collect();
            let rows = self.store.read(&names).await?;
            for (subject, name) in subjects.iter().zip(&names) {
                let person = match rows.found.get(name) {
                    Some(SubjectRow::Erased) => Person::Erased,
                    None if rows.unread.contains(name) => return Err(TableFailed),
                    Some(SubjectRow::Key(_)) | None => Person::Known,
                };
                if matches!(person, Person::Known) {
                    let mut kept = self.lock();
                    kept.put((*subject).clone(), asked);
                    if kept.len() > MAX_KEPT {
                        kept.pop_lru();
                    }
                }
                known.insert((*subject).clone(), person);
            }
        }
        Ok(known)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, Instant>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Persons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persons").finish_non_exhaustive()
    }
}

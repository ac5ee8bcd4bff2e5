//! The keys of persons: fetched and created for a batch together, kept for some minutes, in memory only.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use lru::LruCache;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use user_events_core::{SubjectKey, subject_key_name};

use crate::backoff::Backoff;
use crate::report::SubjectKeyCounts;
use crate::subject_key_store::{SubjectKeyStore, SubjectRow, SubjectRows, TableFailed};

/// How long a key is used after it was asked for. A key that was deleted meanwhile seals nothing that can be opened.
const MAX_AGE: Duration = Duration::from_secs(300);
/// The most persons that are remembered: two of the largest batches that an event source mapping delivers, in a few
/// megabytes.
const MAX_KEPT: usize = 20_000;
/// The longest time that a request may take. Events that need no person's key do not wait for it.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);
/// The most reads, and the most creations of one read, that are under way at once.
const READS: usize = 4;
const CREATIONS: usize = 16;

/// The keys of the persons of a deployment. After a failure the next request waits for a pause, also across invocations.
pub(crate) struct SubjectKeys {
    store: Box<dyn SubjectKeyStore>,
    source: String,
    backoff: Backoff,
    kept: Mutex<LruCache<String, (SubjectRow, Instant)>>,
    reads: Semaphore,
    pause: Mutex<Pause>,
    counts: Counts,
}

/// The requests since the last one that succeeded.
#[derive(Debug, Default)]
struct Pause {
    failed: u32,
    until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Counts {
    requested: AtomicU64,
    created: AtomicU64,
    failed: AtomicU64,
    erased: AtomicU64,
}

impl SubjectKeys {
    /// The keys of the persons of this source.
    pub(crate) fn new(store: impl SubjectKeyStore, source: &str) -> Self {
        Self {
            store: Box::new(store),
            source: source.to_owned(),
            backoff: Backoff::default(),
            // A bounded cache would reserve memory for all persons while the function starts.
            kept: Mutex::new(LruCache::unbounded()),
            reads: Semaphore::new(READS),
            pause: Mutex::default(),
            counts: Counts::default(),
        }
    }

    /// The same keys with pauses that depend on this seed only.
    pub(crate) fn with_backoff_seed(self, seed: u64) -> Self {
        Self {
            backoff: Backoff::from_seed(seed),
            ..self
        }
    }

    /// What is known of the person; `None` when the table has to be asked.
    pub(crate) fn get(&self, subject: &str) -> Option<SubjectRow> {
        let mut kept = lock(&self.kept);
        let (row, asked) = kept.get(subject)?;
        let is_valid = matches!(row, SubjectRow::Erased) || asked.elapsed() < MAX_AGE;
        if is_valid {
            return Some(row.clone());
        }
        kept.pop(subject);
        None
    }

    /// Counts an event that leaves without its classes.
    pub(crate) fn count_erased(&self) {
        self.counts.erased.fetch_add(1, Ordering::Relaxed);
    }

    /// What happened since this was last asked.
    pub(crate) fn take_counts(&self) -> SubjectKeyCounts {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        SubjectKeyCounts {
            requested: take(&self.counts.requested),
            created: take(&self.counts.created),
            failed: take(&self.counts.failed),
            erased: take(&self.counts.erased),
        }
    }

    /// Opens a connection to the table.
    pub(crate) async fn warm(&self) {
        // No person has this name.
        let answer = self.request(self.store.read(&["warm".to_owned()])).await;
        drop(answer);
    }

    /// Reads the keys of these persons, at most as many as one read takes, and creates those that are missing. It first waits until the
    /// pause after the last failure is over. Those that it could not get are still unknown then.
    pub(crate) async fn fetch(&self, subjects: &[String]) {
        // The semaphore is never closed.
        let _permit = self.reads.acquire().await;
        let until = lock(&self.pause).until;
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
        let names: Vec<_> = subjects
            .iter()
            .map(|subject| subject_key_name(&self.source, subject))
            .collect();
        // A row that is deleted while the answer is under way is used for no longer than others.
        let asked = Instant::now();
        let is_done = match self.request(self.store.read(&names)).await {
            Err(TableFailed) => false,
            Ok(rows) => self.keep_or_create(subjects, &names, rows, asked).await,
        };
        self.ended(is_done);
    }

    /// Returns whether all are known now.
    async fn keep_or_create(
        &self,
        subjects: &[String],
        names: &[String],
        mut rows: SubjectRows,
        asked: Instant,
    ) -> bool {
        let mut missing = Vec::new();
        for (subject, name) in subjects.iter().zip(names) {
            match rows.found.remove(name) {
                Some(row) => self.keep(subject, row, asked),
                None if rows.unread.contains(name) => {}
                None => missing.push((subject, name)),
            }
        }
        // Boxed, since the compiler cannot see that the futures of a closure over borrowed names are `Send`.
        let creations = missing
            .into_iter()
            .map(|(subject, name)| self.create(subject, name).boxed());
        let creations: Vec<_> = creations.collect();
        let created = stream::iter(creations)
            .buffer_unordered(CREATIONS)
            // One that fails does not stop the others.
            .fold(true, async |all, is_known| all && is_known)
            .await;
        let unread = !rows.unread.is_empty();
        self.counts.failed.fetch_add(u64::from(unread), Ordering::Relaxed);
        created && !unread
    }

    /// Returns whether the person is known now.
    async fn create(&self, subject: &str, name: &str) -> bool {
        let Ok(key) = SubjectKey::random() else {
            return false;
        };
        let asked = Instant::now();
        match self.request(self.store.create(name, &key)).await {
            Ok(row) => {
                let is_own = matches!(&row, SubjectRow::Key(there) if there.key_id == key.key_id);
                self.counts
                    .created
                    .fetch_add(u64::from(is_own), Ordering::Relaxed);
                self.keep(subject, row, asked);
                true
            }
            Err(TableFailed) => false,
        }
    }

    /// Makes a request within the limit, and counts it.
    async fn request<R>(
        &self,
        request: impl Future<Output = Result<R, TableFailed>>,
    ) -> Result<R, TableFailed> {
        self.counts.requested.fetch_add(1, Ordering::Relaxed);
        let answer = tokio::time::timeout(REQUEST_LIMIT, request).await;
        if answer.is_err() {
            tracing::warn!("no persons' keys: the table did not answer in time");
        }
        let answer = answer.unwrap_or(Err(TableFailed));
        let failed = u64::from(answer.is_err());
        self.counts.failed.fetch_add(failed, Ordering::Relaxed);
        answer
    }

    fn ended(&self, is_done: bool) {
        let mut pause = lock(&self.pause);
        if is_done {
            *pause = Pause::default();
        } else if pause.until.is_none_or(|until| until <= Instant::now()) {
            // Requests that fail together make one pause.
            pause.failed = pause.failed.saturating_add(1);
            pause.until = Some(Instant::now() + self.backoff.pause(pause.failed));
        }
    }

    fn keep(&self, subject: &str, row: SubjectRow, asked: Instant) {
        let mut kept = lock(&self.kept);
        kept.put(subject.to_owned(), (row, asked));
        if kept.len() > MAX_KEPT {
            kept.pop_lru();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for SubjectKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKeys").finish_non_exhaustive()
    }
}

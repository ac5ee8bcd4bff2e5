//! The rows of an inbox in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::{Row, RowKey, Rule, Store, StoreError, Transact, Transacted, Write, Written};

/// Rows in memory, for tests and experiments: they are lost when the process ends. Clones share them. It never fails.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    rows: Arc<Mutex<BTreeMap<RowKey, Kept>>>,
}

#[derive(Debug, Clone)]
struct Kept {
    row: Row,
    ttl: u64,
}

/// An effect in memory. It runs while no other write can, if all conditions of its transaction hold.
pub struct Effect(Box<dyn FnOnce() + Send>);

impl Effect {
    /// An effect that calls this function.
    pub fn new(effect: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(effect))
    }
}

impl MemoryStore {
    /// The row with this key. `None` if none exists.
    pub fn row(&self, key: &RowKey) -> Option<Row> {
        self.lock().get(key).map(|kept| kept.row.clone())
    }

    /// Deletes the row with this key. Returns it; `None` if none existed.
    pub fn remove(&self, key: &RowKey) -> Option<Row> {
        self.lock().remove(key).map(|kept| kept.row)
    }

    /// Deletes every expired row, as DynamoDB's time to live does within days.
    pub fn forget(&self, now_seconds: u64) {
        self.lock().retain(|_, kept| kept.ttl > now_seconds);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RowKey, Kept>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        let mut rows = self.lock();
        if !write.rule.holds(rows.get(&write.key).map(|kept| &kept.row)) {
            return Ok(Written::Refused(
                rows.get(&write.key).map(|kept| kept.row.clone()),
            ));
        }
        apply(&mut rows, write);
        Ok(Written::Done)
    }

    async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
        Ok(self.row(key))
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        let is_completed =
            |(key, kept): &(&RowKey, &Kept)| key.pk == pk && matches!(kept.row, Row::Completed { .. });
        Ok(self.lock().iter().filter(is_completed).count() as u64)
    }
}

impl Transact for MemoryStore {
    type Effects = Vec<Effect>;

    async fn transact(&self, writes: &[Write], effects: Vec<Effect>) -> Result<Transacted, StoreError> {
        let mut rows = self.lock();
        for (place, write) in writes.iter().enumerate() {
            let row = rows.get(&write.key).map(|kept| &kept.row);
            if !write.rule.holds(row) {
                return Ok(Transacted::Refused(place, row.cloned()));
            }
        }
        for write in writes {
            apply(&mut rows, write);
        }
        for Effect(effect) in effects {
            effect();
        }
        Ok(Transacted::Done)
    }
}

fn apply(rows: &mut BTreeMap<RowKey, Kept>, write: &Write) {
    let before = rows.get(&write.key).map(|kept| &kept.row);
    match write.rule.becomes(before) {
        Some(row) => {
            let ttl = write.ttl;
            rows.insert(write.key.clone(), Kept { row, ttl });
        }
        None => {
            rows.remove(&write.key);
        }
    }
}

impl Rule {
    /// Whether the condition holds for the existing row.
    fn holds(&self, row: Option<&Row>) -> bool {
        match (self, row) {
            (Self::Claim { .. } | Self::Record { .. } | Self::Advance { .. }, None)
            | (Self::CompleteSnapshot(_), _) => true,
            (
                Self::Claim { now, content, .. } | Self::Record { now, content },
                Some(Row::Claimed {
                    lease_until,
                    content: claimed,
                    ..
                }),
            ) => lease_until <= now && content == claimed,
            (
                Self::Complete { owner, .. } | Self::Renew { owner, .. } | Self::Release { owner },
                Some(Row::Claimed { owner: holder, .. }),
            ) => owner == holder,
            (Self::Advance { sequence }, Some(Row::Sequence(highest))) => highest <= sequence,
            _ => false,
        }
    }

    /// The row after the write; `None` if the write deletes it.
    fn becomes(&self, before: Option<&Row>) -> Option<Row> {
        let kept = || match before {
            Some(Row::Claimed { content, .. } | Row::Completed { content, .. }) => content.clone(),
            Some(Row::Sequence(_) | Row::Snapshot(_)) | None => String::new(),
        };
        match self.clone() {
            Self::Claim {
                owner,
                lease_until,
                content,
                ..
            } => Some(Row::Claimed {
                owner,
                lease_until,
                content,
            }),
            Self::Renew { owner, lease_until } => Some(Row::Claimed {
                owner,
                lease_until,
                content: kept(),
            }),
            Self::Record { content, .. } => Some(Row::Completed { owner: None, content }),
            Self::Complete { owner, .. } => Some(Row::Completed {
                owner: Some(owner),
                content: kept(),
            }),
            Self::Release { .. } => None,
            Self::Advance { sequence } => Some(Row::Sequence(sequence)),
            Self::CompleteSnapshot(snapshot) => Some(Row::Snapshot(snapshot)),
        }
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Effect")
    }
}

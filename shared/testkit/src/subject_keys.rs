//! A table of persons' keys in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_aws::{SubjectKeyStore, SubjectRow, SubjectRows, TableFailed};
use user_events_core::{SubjectKey, subject_key_name};

/// A table of persons' keys; a test can switch it off, and change its rows between two calls. Every call takes a
/// millisecond.
#[derive(Clone, Default)]
pub struct MemorySubjectKeys(Arc<Mutex<Table>>);

/// A call to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableCall {
    /// A read of this many rows.
    Read(usize),
    /// A creation.
    Create,
}

#[derive(Default)]
struct Table {
    rows: BTreeMap<String, SubjectRow>,
    calls: Vec<TableCall>,
    down: bool,
    rival: bool,
}

/// The source of the events in tests.
const SOURCE: &str = "/user-service";

impl MemorySubjectKeys {
    /// Makes calls fail, or succeed again.
    pub fn set_down(&self, down: bool) {
        self.table().down = down;
    }

    /// From now on another publisher creates each missing row first.
    pub fn add_rival(&self) {
        self.table().rival = true;
    }

    /// Erases the person: the row becomes a tombstone.
    pub fn erase(&self, subject: &str) {
        let name = subject_key_name(SOURCE, subject);
        self.table().rows.insert(name, SubjectRow::Erased);
    }

    /// The person's key. `None` if the person has none, or was erased.
    pub fn key(&self, subject: &str) -> Option<Arc<SubjectKey>> {
        match self.table().rows.get(&subject_key_name(SOURCE, subject))? {
            SubjectRow::Key(key) => Some(Arc::clone(key)),
            SubjectRow::Erased => None,
        }
    }

    /// The calls since this was last asked.
    pub fn take_calls(&self) -> Vec<TableCall> {
        std::mem::take(&mut self.table().calls)
    }

    /// Notes the call, and lets it take its time.
    async fn call(&self, call: TableCall) -> Result<(), TableFailed> {
        self.table().calls.push(call);
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.table().down {
            Err(TableFailed)
        } else {
            Ok(())
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SubjectKeyStore for MemorySubjectKeys {
    fn read<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<SubjectRows, TableFailed>> {
        async move {
            self.call(TableCall::Read(names.len())).await?;
            let table = self.table();
            let found = names
                .iter()
                .filter_map(|name| Some((name.clone(), table.rows.get(name)?.clone())));
            Ok(SubjectRows {
                found: found.collect(),
                ..SubjectRows::default()
            })
        }
        .boxed()
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        key: &'a SubjectKey,
    ) -> BoxFuture<'a, Result<SubjectRow, TableFailed>> {
        async move {
            self.call(TableCall::Create).await?;
            let mut table = self.table();
            let mut new = key.clone();
            if table.rival {
                new.key_id = "rival-rival-rival-rivA".to_owned();
                new.secret[0] ^= 1;
            }
            let row = table.rows.entry(name.to_owned());
            Ok(row.or_insert_with(|| SubjectRow::Key(Arc::new(new))).clone())
        }
        .boxed()
    }
}

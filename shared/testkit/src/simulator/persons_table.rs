//! The rows of the table of persons' keys of a run, and its ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use user_events_aws::SubjectRow;

/// How long a read that is not consistent may not see a write.
const STALE: Duration = Duration::from_secs(1);

/// The table.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: BTreeMap<String, SubjectRow>,
    /// Each row before its last change, and when that was.
    pub(super) before: BTreeMap<String, (Option<SubjectRow>, Duration)>,
    pub(super) ledger: BTreeSet<String>,
    pub(super) backup: BTreeMap<String, SubjectRow>,
}

impl Table {
    pub(super) fn write(&mut self, name: &str, row: Option<SubjectRow>, at: Duration) {
        let before = match row {
            Some(row) => self.rows.insert(name.to_owned(), row),
            None => self.rows.remove(name),
        };
        self.before.insert(name.to_owned(), (before, at));
    }

    /// The row as a read sees it that is not consistent and meets a replica that lags.
    pub(super) fn stale(&self, name: &str, at: Duration) -> Option<SubjectRow> {
        match self.before.get(name) {
            Some((before, changed)) if at < *changed + STALE => before.clone(),
            _ => self.rows.get(name).cloned(),
        }
    }
}

//! What a run counts.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// The most rows that a segment names among those that do not fit. All of them are counted.
pub const MAX_UNFIT_ROWS: usize = 1_000;

/// What was read and made. A sum of pages, segments or tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// The rows that were read.
    pub rows: u64,
    /// The snapshot events, each id once.
    pub events: u64,
    /// The bytes of their messages.
    pub bytes: u64,
    /// The events, by type.
    pub by_type: BTreeMap<String, u64>,
    /// The rows that do not fit, by reason, which is a code such as `row-does-not-fit`. They have no event.
    pub unfit: BTreeMap<String, u64>,
    /// The rows without a state: other kinds of rows, and attempts.
    pub stateless: u64,
    /// The events that were not wanted: of another type or user, or left out by the filter.
    pub unwanted: u64,
    /// The events that are absent because their user was deleted.
    pub deleted: u64,
    /// The events that are absent because their user was erased.
    pub erased: u64,
    /// The events of users without an account row. They are sent.
    pub without_account: u64,
    /// The read capacity that the source reported, in request units.
    pub capacity: f64,
}

/// A row that does not fit: it has no event until somebody corrects it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnfitRow {
    /// The table.
    pub table: String,
    /// The row's keys, by name. Personal data can be in the keys of a mapped table.
    pub keys: BTreeMap<String, String>,
    /// The code of the reason.
    pub code: String,
    /// The reason, which names fields and no value.
    pub reason: String,
}

impl Counts {
    /// All rows that do not fit.
    pub fn unfit_rows(&self) -> u64 {
        self.unfit.values().sum()
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        let Self {
            rows,
            events,
            bytes,
            by_type,
            unfit,
            stateless,
            unwanted,
            deleted,
            erased,
            without_account,
            capacity,
        } = other;
        self.rows += rows;
        self.events += events;
        self.bytes += bytes;
        add(&mut self.by_type, by_type);
        add(&mut self.unfit, unfit);
        self.stateless += stateless;
        self.unwanted += unwanted;
        self.deleted += deleted;
        self.erased += erased;
        self.without_account += without_account;
        self.capacity += capacity;
    }
}

fn add(sum: &mut BTreeMap<String, u64>, more: &BTreeMap<String, u64>) {
    for (name, number) in more {
        *sum.entry(name.clone()).or_default() += number;
    }
}

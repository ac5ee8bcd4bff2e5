//! A change of one row, with the row read as its kind. Events are derived from it.

use std::borrow::Cow;

use crate::error::Error;
use crate::stream::attribute::Image;
use crate::stream::change::{Change, StreamRecord};
use crate::stream::row::Reader;
use crate::stream::row_kind::RowKind;
use crate::time::Time;

/// What was read of the row of a change.
#[derive(Debug)]
pub(crate) enum ReadRow<R: RowKind> {
    /// The row as it is now.
    Written(R),
    /// What has to be known of the row that was removed.
    Removed(R::Removed),
    /// The row was removed, and that is no event.
    RemovedWithoutEvent,
}

impl<R: RowKind> ReadRow<R> {
    /// Reads the row of a change: all of one that was written, and of one that was removed only what its event needs.
    ///
    /// Fails as [`RowKind::read`] and [`RowKind::read_removed`] do.
    pub(crate) fn read(reader: &Reader, change: &Change) -> Result<Self, Error> {
        match change {
            Change::Inserted { .. } | Change::Modified { .. } => R::read(reader).map(Self::Written),
            Change::Removed { .. } => {
                let removed = R::read_removed(reader)?;
                Ok(removed.map_or(Self::RemovedWithoutEvent, Self::Removed))
            }
        }
    }
}

/// A change of one row, with the row read as its kind. Events are derived from it.
///
/// Only a change that wrote the row has the row; one that removed it has what is read of a removed row.
#[derive(Debug)]
pub struct RowChange<'a, R: RowKind> {
    row: &'a ReadRow<R>,
    record: &'a StreamRecord,
}

/// A row that existed and was written again.
#[derive(Debug)]
pub struct Modified<'a, R> {
    /// The row before, as it is compared: it does not have to fit its kind.
    pub old: &'a Image,
    /// The row now.
    pub row: &'a R,
}

impl<'a, R: RowKind> RowChange<'a, R> {
    /// A change: the record, and the row that was read from it.
    pub(crate) fn new(row: &'a ReadRow<R>, record: &'a StreamRecord) -> Self {
        Self { row, record }
    }

    /// The row, if it is new.
    pub fn inserted(&self) -> Option<&'a R> {
        match (self.row, &self.record.change) {
            (ReadRow::Written(row), Change::Inserted { .. }) => Some(row),
            _ => None,
        }
    }

    /// The row and the one before, if the change modified it.
    pub fn modified(&self) -> Option<Modified<'a, R>> {
        match (self.row, &self.record.change) {
            (ReadRow::Written(row), Change::Modified { old, .. }) => Some(Modified { old, row }),
            _ => None,
        }
    }

    /// The row, if it is new or was modified.
    pub fn written(&self) -> Option<&'a R> {
        match self.row {
            ReadRow::Written(row) => Some(row),
            _ => None,
        }
    }

    /// What was read of the row, if it was removed by a write or by its time to live, and that can be an event.
    pub fn removed(&self) -> Option<&'a R::Removed> {
        match self.row {
            ReadRow::Removed(row) => Some(row),
            _ => None,
        }
    }

    /// The row was removed because its time to live (TTL) had passed.
    pub fn removed_by_ttl(&self) -> bool {
        matches!(self.record.change, Change::Removed { by_ttl: true, .. })
    }

    /// Whether the change altered the attribute with this name. Absent and `NULL` are the same.
    pub fn differs(&self, name: &str) -> bool {
        self.record.differs(name)
    }

    /// Whether the change altered the text with this name. Absent, `NULL` and empty are the same.
    pub fn text_differs(&self, name: &str) -> bool {
        self.record.text_differs(name)
    }

    /// Whether the change modified the row and turned the boolean with this name to `true`.
    pub fn turned_true(&self, name: &str) -> bool {
        self.modified().is_some_and(|change| !change.old.is_true(name))
            && self.record.change.image().is_true(name)
    }

    /// The names of those of these attributes that the change altered, sorted.
    pub fn changed_fields(&self, names: &[&'static str]) -> Vec<Cow<'static, str>> {
        let changed = names.iter().copied().filter(|name| self.differs(name));
        let mut changed: Vec<_> = changed.map(Cow::Borrowed).collect();
        changed.sort_unstable();
        changed
    }

    /// The time of an event: what the User Service noted for this change; else the row's time for the event; else the
    /// time of the record.
    pub fn time(&self, row_time: Option<Time>) -> Time {
        self.record
            .last_change
            .as_ref()
            .map(|noted| noted.at)
            .or(row_time)
            .unwrap_or(self.record.origin.recorded)
    }

    /// The time of an event that has no time of its own in the row: `updatedAt`, if this change altered it.
    pub fn time_moved(&self, updated_at: Time) -> Time {
        self.time_if_moved("updatedAt", Some(updated_at))
    }

    /// The time of an event that the row holds in the attribute with this name, if this change altered it: else it
    /// belongs to an earlier change.
    pub fn time_if_moved(&self, name: &str, row_time: Option<Time>) -> Time {
        self.time(row_time.filter(|_| self.differs(name)))
    }

    /// The reason that the User Service noted for this change.
    pub fn reason(&self) -> Option<String> {
        self.record
            .last_change
            .as_ref()
            .and_then(|noted| noted.reason.clone())
    }
}

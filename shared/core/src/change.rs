//! A change: what one stream record says has happened to one row.

use std::borrow::Cow;

use crate::attribute::{Attribute, Image};
use crate::error::{Code, Error};
use crate::time::Time;

/// One decoded stream record.
#[derive(Debug, Clone)]
pub struct StreamRecord {
    /// Where the record comes from.
    pub origin: Origin,
    /// The row's keys.
    pub keys: Keys,
    /// What has happened to the row.
    pub change: Change,
    /// What the User Service noted about this very change, when it did.
    pub last_change: Option<LastChange>,
    /// The row carried a `lastChange` that could not be read; it was ignored.
    pub last_change_malformed: bool,
}

/// The identity of a stream record. Whatever an event's identity is made of stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The name of the table that the stream belongs to.
    pub table: String,
    /// The region that the stream belongs to.
    pub region: String,
    /// The record's `eventID`: the same in every delivery.
    pub event_id: String,
    /// The record's sequence number, a decimal of up to 40 digits.
    pub sequence_number: String,
    /// When DynamoDB recorded the change.
    pub recorded: Time,
}

/// The keys of a row; their prefixes tell its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// What has happened to a row. There is no "modified without the old row".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row was written where there was none.
    Inserted {
        /// The row now.
        new: Image,
    },
    /// The row was written over.
    Modified {
        /// The row before.
        old: Image,
        /// The row now.
        new: Image,
    },
    /// The row was removed.
    Removed {
        /// The row before.
        old: Image,
        /// DynamoDB removed it because its time to live had passed.
        by_ttl: bool,
    },
}

/// What the User Service noted about a change in the row's `lastChange` map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// When the change was made.
    pub at: Time,
    /// Who made it.
    pub actor: Option<String>,
    /// What kind of party the actor is: `USER`, `ADMIN` or `SYSTEM`.
    pub actor_type: Option<String>,
    /// Why it was made.
    pub reason: Option<String>,
    /// The request or process that the change belongs to.
    pub correlation_id: Option<String>,
    /// The message that caused the change.
    pub causation_id: Option<String>,
    /// The trace that the change belongs to (W3C Trace Context, `traceparent`).
    pub traceparent: Option<String>,
}

impl Change {
    /// The image that an event is made from: the new one, or the old one of a removal.
    pub fn image(&self) -> &Image {
        match self {
            Self::Inserted { new } | Self::Modified { new, .. } => new,
            Self::Removed { old, .. } => old,
        }
    }

    /// The attribute of that name before and after the change.
    fn before_and_after(&self, name: &str) -> (Option<&Attribute>, Option<&Attribute>) {
        match self {
            Self::Inserted { new } => (None, new.get(name)),
            Self::Modified { old, new } => (old.get(name), new.get(name)),
            Self::Removed { old, .. } => (old.get(name), None),
        }
    }
}

impl StreamRecord {
    /// The greatest version: JSON readers agree on whole numbers up to 2^53 - 1 (RFC 8259, section 6).
    pub(crate) const MAX_VERSION: u64 = 9_007_199_254_740_991;

    /// The row's `version`, a number that every write of the row makes greater; that of the old row of a removal.
    /// `None` where the row has none.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when it is no whole number from 0 to 9,007,199,254,740,991.
    pub(crate) fn version(&self) -> Result<Option<u64>, Error> {
        let version = match self.change.image().get("version") {
            None => return Ok(None),
            Some(Attribute::N(digits)) => digits
                .parse()
                .ok()
                .filter(|version| *version <= Self::MAX_VERSION),
            Some(_) => None,
        };
        let misfit = || {
            let message = "attribute `version` is not a whole number (N) from 0 to 9007199254740991";
            Error::new(Code::RowDoesNotFit, message)
        };
        version.map(Some).ok_or_else(misfit)
    }

    /// Whether the attribute of that name is another one than before; absent and `NULL` are the same.
    pub fn differs(&self, name: &str) -> bool {
        let (before, after) = self.change.before_and_after(name);
        before != after
    }
}

/// A change of a row of one kind, read: what an event is derived from.
#[derive(Debug)]
pub struct RowChange<'a, R> {
    /// The row that the event is made from: as it is now, or as it was before its removal.
    pub row: &'a R,
    record: &'a StreamRecord,
}

impl<'a, R> RowChange<'a, R> {
    /// The change of a row that was read from the record.
    pub fn new(row: &'a R, record: &'a StreamRecord) -> Self {
        Self { row, record }
    }

    /// The row was written where there was none.
    pub fn inserted(&self) -> bool {
        matches!(self.record.change, Change::Inserted { .. })
    }

    /// The row before, when the change wrote it over.
    pub fn modified(&self) -> Option<&Image> {
        match &self.record.change {
            Change::Modified { old, .. } => Some(old),
            _ => None,
        }
    }

    /// The row was removed, by whatever means.
    pub fn removed(&self) -> bool {
        matches!(self.record.change, Change::Removed { .. })
    }

    /// DynamoDB removed the row because its time to live had passed.
    pub fn removed_by_ttl(&self) -> bool {
        matches!(self.record.change, Change::Removed { by_ttl: true, .. })
    }

    /// Whether the attribute of that name is another one than before.
    pub fn differs(&self, name: &str) -> bool {
        self.record.differs(name)
    }

    /// Whether a row that was written over has the boolean of that name `true` now and had not before.
    pub fn turned_true(&self, name: &str) -> bool {
        self.modified().is_some_and(|old| !old.is_true(name)) && self.record.change.image().is_true(name)
    }

    /// Those of the names whose attribute is another one than before, sorted.
    pub fn changed_fields(&self, names: &[&'static str]) -> Vec<Cow<'static, str>> {
        let changed = names.iter().copied().filter(|name| self.differs(name));
        let mut changed: Vec<_> = changed.map(Cow::Borrowed).collect();
        changed.sort_unstable();
        changed
    }

    /// The time of an event: the User Service's own word for this change; else the row's time for that
    /// event; else the time of the record.
    pub fn time(&self, row_time: Option<Time>) -> Time {
        self.record
            .last_change
            .as_ref()
            .map(|noted| noted.at)
            .or(row_time)
            .unwrap_or(self.record.origin.recorded)
    }

    /// The time of an event whose row has no time of its own for it: `updatedAt`, provided that this change
    /// moved it.
    pub fn time_moved(&self, updated_at: Time) -> Time {
        let moved = !self.removed() && self.differs("updatedAt");
        self.time(moved.then_some(updated_at))
    }

    /// Why the User Service says that it made this change.
    pub fn reason(&self) -> Option<String> {
        self.record
            .last_change
            .as_ref()
            .and_then(|noted| noted.reason.clone())
    }
}

//! A change: what happened to one row, by one stream record.

use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::stream::attribute::{Attribute, Image};
use crate::stream::origin::Origin;
use crate::time::Time;

/// One decoded stream record.
#[derive(Debug, Clone)]
pub struct StreamRecord {
    /// Where the record was found, and its identity.
    pub origin: Origin,
    /// The row's keys.
    pub keys: Keys,
    /// What happened to the row.
    pub change: Change,
    /// What the User Service noted about this change; `None` when it noted nothing.
    pub last_change: Option<LastChange>,
    /// The row's `lastChange` was malformed and is ignored.
    pub last_change_malformed: bool,
}

/// The keys of a row. Their prefixes identify its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// What happened to a row. A "modified without the old row" cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row is new.
    Inserted {
        /// The row now.
        new: Image,
    },
    /// The row existed and was written again.
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
        /// DynamoDB removed it because its time to live (TTL) had passed.
        by_ttl: bool,
    },
}

/// What the User Service noted about a change, in the row's `lastChange` map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// When the change was made.
    pub at: Time,
    /// Who made it.
    pub actor: Option<String>,
    /// The kind of actor: `USER`, `ADMIN` or `SYSTEM`.
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
    /// The image that events are made from: the new one, or the old one of a removal.
    pub fn image(&self) -> &Image {
        match self {
            Self::Inserted { new } | Self::Modified { new, .. } => new,
            Self::Removed { old, .. } => old,
        }
    }

    /// The attribute with this name before and after the change.
    fn before_and_after(&self, name: &str) -> (Option<&Attribute>, Option<&Attribute>) {
        match self {
            Self::Inserted { new } => (None, new.get(name)),
            Self::Modified { old, new } => (old.get(name), new.get(name)),
            Self::Removed { old, .. } => (old.get(name), None),
        }
    }
}

impl StreamRecord {
    /// The highest version: JSON readers agree on whole numbers up to 2^53 - 1 (RFC 8259, section 6).
    pub(crate) const MAX_VERSION: u64 = 9_007_199_254_740_991;

    /// The row's `version`, a number that every write of the row increases; of a removal, that of the old row. `None`
    /// when the row has none.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when it is not a whole number from 0 to 9,007,199,254,740,991.
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

    /// Whether the change altered the attribute with this name. Absent and `NULL` are the same.
    pub fn differs(&self, name: &str) -> bool {
        let (before, after) = self.change.before_and_after(name);
        before != after
    }
}

/// A change of one row, with the row read as its kind. Events are derived from it.
#[derive(Debug)]
pub struct RowChange<'a, R> {
    /// The row as it is now; of a removal, the row as it was.
    pub row: &'a R,
    record: &'a StreamRecord,
}

impl<'a, R> RowChange<'a, R> {
    /// A change: the record, and the row that was read from it.
    pub fn new(row: &'a R, record: &'a StreamRecord) -> Self {
        Self { row, record }
    }

    /// The row is new.
    pub fn inserted(&self) -> bool {
        matches!(self.record.change, Change::Inserted { .. })
    }

    /// The row before, if the change modified it.
    pub fn modified(&self) -> Option<&Image> {
        match &self.record.change {
            Change::Modified { old, .. } => Some(old),
            _ => None,
        }
    }

    /// The row was removed, by a write or by its time to live.
    pub fn removed(&self) -> bool {
        matches!(self.record.change, Change::Removed { .. })
    }

    /// DynamoDB removed the row because its time to live (TTL) had passed.
    pub fn removed_by_ttl(&self) -> bool {
        matches!(self.record.change, Change::Removed { by_ttl: true, .. })
    }

    /// Whether the change altered the attribute with this name.
    pub fn differs(&self, name: &str) -> bool {
        self.record.differs(name)
    }

    /// Whether the change modified the row and turned the boolean with this name to `true`.
    pub fn turned_true(&self, name: &str) -> bool {
        self.modified().is_some_and(|old| !old.is_true(name)) && self.record.change.image().is_true(name)
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
        let moved = !self.removed() && self.differs("updatedAt");
        self.time(moved.then_some(updated_at))
    }

    /// The reason that the User Service noted for this change.
    pub fn reason(&self) -> Option<String> {
        self.record
            .last_change
            .as_ref()
            .and_then(|noted| noted.reason.clone())
    }
}

//! A change: what happened to one row, by one stream record.

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
    /// Where the row comes from, if a mapping made it of an item. `None` when the table has the native shape.
    pub mapped: Option<Box<MappedRow>>,
    /// Whether the row is virtual: made of a tombstone of the table of persons' keys.
    pub from_subject_keys: bool,
}

/// Where a row that a mapping made comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedRow {
    /// The name of the rule.
    pub rule: String,
    /// What its events' ids need besides the record and the type, since other rows of the record can cause events of the
    /// same type: its sort key, or both keys. `None` when no other row can.
    pub id_part: Option<String>,
    /// The attributes that do not fit, each with the reason, which names attributes and no value.
    pub misfits: Vec<(&'static str, String)>,
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
        /// Its time to live (TTL) had passed: DynamoDB says that it removed it for that, or the row's time had come.
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

    /// The row before; `None` when it is new.
    pub fn before(&self) -> Option<&Image> {
        match self {
            Self::Inserted { .. } => None,
            Self::Modified { old, .. } | Self::Removed { old, .. } => Some(old),
        }
    }

    /// The row now; `None` when it was removed.
    pub fn after(&self) -> Option<&Image> {
        match self {
            Self::Inserted { new } | Self::Modified { new, .. } => Some(new),
            Self::Removed { .. } => None,
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
    /// when the row has none, and of a removal also when it cannot be read.
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
        match (version, &self.change) {
            (None, Change::Removed { .. }) => Ok(None),
            (version, _) => version.map(Some).ok_or_else(misfit),
        }
    }

    /// The same error, with the rule and the attributes of the item that are its cause, if a mapping made the row.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let Some(mapped) = &self.mapped else { return error };
        let rule = &mapped.rule;
        let message = if error.code() == Code::RowDoesNotFit && !mapped.misfits.is_empty() {
            let misfits = mapped.misfits.iter();
            let misfits: Vec<_> = misfits
                .map(|(name, reason)| format!("attribute `{name}`: {reason}"))
                .collect();
            format!("rule `{rule}` of the mapping: {}", misfits.join("; "))
        } else {
            format!("rule `{rule}` of the mapping: {}", error.message())
        };
        Error::new(error.code(), message)
    }

    /// Whether the change altered the attribute with this name. Absent and `NULL` are the same.
    pub fn differs(&self, name: &str) -> bool {
        let (before, after) = self.change.before_and_after(name);
        before != after
    }

    /// Whether the change altered the text with this name. Absent, `NULL` and empty are the same.
    pub fn text_differs(&self, name: &str) -> bool {
        let (before, after) = self.change.before_and_after(name);
        let filled = |text: &&Attribute| text.as_text() != Some("");
        before.filter(filled) != after.filter(filled)
    }
}

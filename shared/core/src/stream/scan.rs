//! Items of a table that a backfill read: by a scan or a query, or from an export.

use serde_json::value::RawValue;

use crate::error::{Code, Error};
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::{Change, Keys, StreamRecord};
use crate::stream::decode::undecodable;
use crate::stream::item::Item;
use crate::stream::key_names::KeyNames;
use crate::stream::origin::{Origin, Place};
use crate::time::Time;

/// An item of a table, as a run of a backfill read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedItem {
    /// The id of the run.
    pub run: String,
    /// The name of the table.
    pub table: String,
    /// The table's region.
    pub region: String,
    /// When it was read.
    pub read_at: Time,
    /// All of its attributes, the keys included.
    pub attributes: Image,
}

impl ScannedItem {
    /// The most characters of a run's id.
    pub const MAX_RUN: usize = 64;

    /// Whether a text can be the id of a run: `^[a-z0-9][a-z0-9-]{0,63}$`.
    pub fn is_run(text: &str) -> bool {
        let mut characters = text.bytes();
        let begins = characters.next().is_some_and(|first| first != b'-');
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        begins && text.len() <= Self::MAX_RUN && text.bytes().all(fits)
    }

    /// The item as a row of the native shape: as if it were new, and without what was noted about its last change.
    ///
    /// Fails with [`Code::UndecodableRecord`] when a key is missing or no string, or an attribute has no known type.
    pub(crate) fn into_record(self) -> Result<StreamRecord, Error> {
        self.check()?;
        let key = |name: &str| match self.attributes.get(name) {
            Some(Attribute::S(text)) => Ok(text.clone()),
            None => Err(undecodable(format!("key `{name}` is missing"))),
            Some(_) => Err(undecodable(format!("key `{name}` is not text (S)"))),
        };
        let keys = Keys {
            pk: key("pk")?,
            sk: key("sk")?,
        };
        let (origin, change) = self.into_parts();
        Ok(StreamRecord {
            origin,
            keys,
            change,
            last_change: None,
            last_change_malformed: false,
            mapped: None,
            from_subject_keys: false,
        })
    }

    /// The item of a table with these keys.
    ///
    /// Fails with [`Code::UndecodableRecord`] when a key is missing, or neither a string nor a number, or an attribute has no
    /// known type.
    pub(crate) fn into_item(self, names: &KeyNames) -> Result<Item, Error> {
        self.check()?;
        let key = |name: &str| match self.attributes.get(name) {
            Some(Attribute::S(text) | Attribute::N(text)) => Ok(text.clone()),
            _ => Err(undecodable(format!(
                "the key `{name}` that the mapping names is missing, or is neither a string nor a number"
            ))),
        };
        let partition = key(&names.partition)?;
        let sort = names.sort.as_deref().map(key).transpose()?.unwrap_or_default();
        let (origin, change) = self.into_parts();
        Ok(Item {
            origin,
            partition,
            sort,
            change,
        })
    }

    fn check(&self) -> Result<(), Error> {
        if !Self::is_run(&self.run) {
            let message = "the id of a run has 1 to 64 lower-case letters, digits and hyphens, and begins with no hyphen";
            return Err(Error::new(Code::UndecodableRecord, message));
        }
        match self.attributes.unknown().next() {
            Some(name) => Err(undecodable(format!(
                "attribute `{name}` is in none of DynamoDB's types"
            ))),
            None => Ok(()),
        }
    }

    fn into_parts(self) -> (Origin, Change) {
        let origin = Origin {
            table: self.table,
            region: self.region,
            place: Place::Snapshot { run: self.run },
            recorded: self.read_at,
        };
        (origin, Change::Inserted { new: self.attributes })
    }
}

impl Image {
    /// Reads an item in DynamoDB's JSON, as an export has it in `Item` (Amazon DynamoDB Developer Guide, *DynamoDB table
    /// export output format*).
    ///
    /// `None` when the JSON is not an object.
    pub fn from_dynamodb_json(json: &RawValue) -> Option<Self> {
        Self::read(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_run_has_1_to_64_characters() {
        let longest = "a".repeat(64);
        for run in ["a", "0", "a-", "5f0c2b9e-0d6b-4c1e-9a57-1f6f0b8f3a11", &longest] {
            assert!(ScannedItem::is_run(run), "{run}");
        }
        let longer = "a".repeat(65);
        for other in ["", "-", "-a", "A", "a_b", "a b", "ä", "a#b", &longer] {
            assert!(!ScannedItem::is_run(other), "{other}");
        }
    }
}

//! Items of tables of any shape: decoded like rows, with the key names of their table, and only as far as they are wanted.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::stream::attribute::Image;
use crate::stream::change::Change;
use crate::stream::decode::{origin_and_change, undecodable};
use crate::stream::key_names::KeyNames;
use crate::stream::origin::Origin;
use crate::stream::raw::RawRecord;

/// The change of one item.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) origin: Origin,
    /// The partition key as text; of a number, its digits.
    pub(crate) partition: String,
    /// The sort key; empty when the table has none.
    pub(crate) sort: String,
    /// What happened, with those attributes that are wanted.
    pub(crate) change: Change,
}

/// Decodes a record of a table with these keys. Attributes that are not wanted are not read.
///
/// Fails as [`decode`](crate::decode) does, also when a key is missing under its name.
pub(crate) fn item(raw: &RawRecord<'_>, names: &KeyNames, wanted: &BTreeSet<String>) -> Result<Item, Error> {
    let (origin, change) = origin_and_change(raw, &|json| Image::read_selected(json, wanted))?;
    let missing = |name: &str| {
        undecodable(format!(
            "the key `{name}` that the mapping names is missing, or is neither a string nor a number"
        ))
    };
    let (partition, sort) = raw.keys_with(names).ok_or_else(|| missing(&names.partition))?;
    let sort = match &names.sort {
        Some(name) => sort.ok_or_else(|| missing(name))?,
        None => String::new(),
    };
    Ok(Item {
        origin,
        partition,
        sort,
        change,
    })
}

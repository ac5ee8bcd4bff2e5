//! What is read of a record: by decoding, by the mapping or the catalogue, and by whoever publishes it.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::event::registry::Category;
use crate::mapping::mapping::Mapping;
use crate::stream::decode::decode;
use crate::stream::erasure;
use crate::stream::item::item;
use crate::stream::kept::kept_of;
use crate::stream::raw::RawRecord;
use crate::stream::row::Reader;

/// The keys of a row of the native shape.
const KEYS: [&str; 2] = ["pk", "sk"];
/// What is read of a row of the native shape, whatever its kind is.
const ALWAYS: [&str; 4] = ["lastChange", "version", "ttl", "expiresAt"];

/// The record with only what is read of it: it becomes the same events, and has the same identity. `attribute` is the name of
/// one more attribute that is read.
///
/// `None` when the record cannot be decoded, or none of the categories has rows of its kind: then nobody knows what of it is
/// read. Of the table of persons' keys that is always known.
pub fn known(
    categories: &[&'static Category],
    mapping: Option<&Mapping>,
    raw: &RawRecord<'_>,
    attribute: Option<&str>,
) -> Option<Box<RawValue>> {
    if raw.is_of_subject_keys() {
        let (keys, attributes) = (owned(["pk"]), owned(erasure::READ));
        return Some(kept_of(raw.json(), &keys, &attributes));
    }
    let (keys, mut attributes) = match mapping.and_then(|mapping| mapping.wanted(raw)) {
        Some((names, wanted)) => {
            item(raw, names, wanted).ok()?;
            let keys = names.sort.iter().chain([&names.partition]).cloned().collect();
            (keys, wanted.clone())
        }
        None => (owned(KEYS), columns(categories, raw)?),
    };
    attributes.extend(attribute.map(str::to_owned));
    Some(kept_of(raw.json(), &keys, &attributes))
}

/// What is read of a row of the native shape.
fn columns(categories: &[&'static Category], raw: &RawRecord<'_>) -> Option<BTreeSet<String>> {
    let record = decode(raw).ok()?;
    let mut registrations = categories.iter().flat_map(|category| category.events);
    let shape = registrations.find_map(|registration| {
        let reader = Reader::new(registration.shapes(), &record.keys, record.change.image())?;
        (!registration.is_from_subject_keys()).then(|| reader.shape())
    })?;
    let columns = shape.columns.iter().map(|column| column.name);
    Some(owned(columns.chain(KEYS).chain(ALWAYS)))
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

//! Groups items that one rule can describe: those with the same shape of keys and the same type.

use std::collections::BTreeMap;

use super::keys::KeyNames;
use super::shape::{ItemShape, Labels};
use super::words::{is_word, normal, topic};
use crate::map::item::Item;

/// Names of an attribute that says what an item is, in normal form.
const TYPE_NAMES: [&str; 12] = [
    "typename",
    "entitytype",
    "itemtype",
    "doctype",
    "recordtype",
    "objecttype",
    "edbe",
    "entity",
    "et",
    "model",
    "kind",
    "type",
];
/// An attribute with more values is no type.
const MOST_TYPES: usize = 30;

/// Items of one shape and type.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) shape: ItemShape,
    /// The name and the value of the attribute that says what the items are.
    pub(super) item_type: Option<(&'a str, &'a str)>,
    pub(super) items: Vec<&'a Item>,
}

/// The groups, and the number of items with keys that cannot be read.
pub(super) fn groups<'a>(items: &'a [Item], keys: &KeyNames, labels: &Labels) -> (Vec<Group<'a>>, usize) {
    let name = type_name(items);
    let types = name.map(|name| types(items, name)).unwrap_or_default();
    let mut found: BTreeMap<(ItemShape, Option<&str>), Vec<&Item>> = BTreeMap::new();
    let mut without_keys = 0;
    for item in items {
        let Some(shape) = labels.shape(item, keys) else {
            without_keys += 1;
            continue;
        };
        let value = name
            .and_then(|name| item.key(name))
            .filter(|value| types.contains_key(value));
        found.entry((shape, value)).or_default().push(item);
    }
    let group = |((shape, value), items): ((ItemShape, Option<&'a str>), Vec<&'a Item>)| Group {
        shape,
        item_type: name.zip(value),
        items,
    };
    (found.into_iter().map(group).collect(), without_keys)
}

/// The attribute that says what an item is: short words, of which one is known.
fn type_name(items: &[Item]) -> Option<&str> {
    let named = |wanted: &&str| {
        let mut names = items.iter().flat_map(Item::attributes).map(|(name, _)| name);
        names.find(|name| normal(name) == **wanted)
    };
    TYPE_NAMES.iter().filter_map(named).find(|name| {
        let values = values(items, name);
        values.len() <= MOST_TYPES
            && values.keys().all(|value| is_word(value))
            && values.keys().any(|value| topic(value).is_some())
    })
}

fn values<'a>(items: &'a [Item], name: &str) -> BTreeMap<&'a str, usize> {
    let mut values = BTreeMap::new();
    for value in items.iter().filter_map(|item| item.key(name)) {
        *values.entry(value).or_default() += 1;
    }
    values
}

/// The values that may be shown: known words, and words of several items.
fn types<'a>(items: &'a [Item], name: &str) -> BTreeMap<&'a str, usize> {
    let mut values = values(items, name);
    values.retain(|value, count| topic(value).is_some() || *count > 1);
    values
}

impl Group<'_> {
    /// The group for people.
    pub(super) fn readable(&self) -> String {
        match self.item_type {
            Some((name, value)) => format!("{} ({name} {value})", self.shape.readable()),
            None => self.shape.readable(),
        }
    }
}

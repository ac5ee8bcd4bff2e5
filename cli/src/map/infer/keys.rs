//! Finds the key attributes of items from a file.

use std::collections::BTreeSet;

use super::words::{names_a_secret, normal};
use crate::map::item::Item;

/// Usual names of a table's keys.
const PAIRS: [(&str, &str); 10] = [
    ("pk", "sk"),
    ("PK", "SK"),
    ("_pk", "_sk"),
    ("Pk", "Sk"),
    ("partitionKey", "sortKey"),
    ("PartitionKey", "SortKey"),
    ("partition_key", "sort_key"),
    ("hashKey", "rangeKey"),
    ("HashKey", "RangeKey"),
    ("hk", "sk"),
];
/// Usual names of a partition key without a sort key.
const SINGLE: [&str; 12] = [
    "pk", "PK", "id", "Id", "ID", "_id", "userId", "UserId", "user_id", "sub", "username", "email",
];

/// The names of a table's key attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::map) struct KeyNames {
    pub(in crate::map) partition: String,
    pub(in crate::map) sort: Option<String>,
    /// Whether they were guessed from the items.
    pub(in crate::map) guessed: bool,
}

/// The ends of names of identifiers: `CustomerNo`.
const IDENTIFIER_ENDS: [&str; 9] = ["id", "uuid", "guid", "key", "no", "nr", "number", "handle", "ref"];
/// Parts of names that end like an identifier and are none.
const NO_IDENTIFIERS: [&str; 5] = ["phone", "mobile", "tel", "fax", "paid"];

/// The keys of these items: a pair of usual names, else one usual name or any attribute that is different in every item
/// (first those that are named like an identifier, last those that are numbers), else two that are different together.
/// `None` when there are none of these.
pub(in crate::map) fn find(items: &[Item]) -> Option<KeyNames> {
    let names = |partition: &str, sort: Option<&str>| {
        Some(KeyNames {
            partition: partition.to_owned(),
            sort: sort.map(str::to_owned),
            guessed: true,
        })
    };
    let first = items.first()?;
    let everywhere = |name: &str| items.iter().all(|item| item.key(name).is_some());
    if let Some((partition, sort)) = PAIRS
        .iter()
        .find(|(partition, sort)| everywhere(partition) && everywhere(sort))
    {
        return names(partition, Some(sort));
    }
    let own = first.attributes().map(|(name, _)| name);
    let own: Vec<&str> = own.filter(|name| everywhere(name)).collect();
    let usual = || SINGLE.iter().copied().filter(|name| own.contains(name));
    let tokens = own.iter().copied().filter(|name| names_a_secret(name));
    // A user has one session or several: the samples of a table of sessions may have one of each user.
    let expires = own.iter().any(|name| normal(name).starts_with("expir"));
    let usual_first = usual().filter(|name| !expires || !normal(name).starts_with("user"));
    let identifiers = own.iter().copied().filter(|name| names_an_identifier(name));
    // Times and counts of few items are different by chance.
    let is_number = |name: &&str| items.iter().filter_map(|item| item.key(name)).all(is_numeric);
    let (numbers, texts): (Vec<&str>, Vec<&str>) = own.iter().copied().partition(is_number);
    let candidates: Vec<&str> = usual_first
        .chain(tokens)
        .chain(usual())
        .chain(identifiers)
        .chain(texts)
        .chain(numbers)
        .collect();
    let unique = |names: &[&str]| {
        let keys: BTreeSet<Vec<_>> = items
            .iter()
            .map(|item| names.iter().map(|name| item.key(name)).collect())
            .collect();
        keys.len() == items.len()
    };
    if let Some(one) = candidates.iter().find(|name| unique(&[name])) {
        return names(one, None);
    }
    let mut pairs = candidates
        .iter()
        .flat_map(|first| own.iter().map(move |second| (*first, *second)));
    let (partition, sort) = pairs.find(|(first, second)| first != second && unique(&[first, second]))?;
    names(partition, Some(sort))
}

fn names_an_identifier(name: &str) -> bool {
    let name = normal(name);
    IDENTIFIER_ENDS.iter().any(|end| name.ends_with(end))
        && !NO_IDENTIFIERS.iter().any(|part| name.contains(part))
}

fn is_numeric(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::source::split;

    fn found(text: &str) -> Option<(String, Option<String>)> {
        find(&split(text).unwrap()).map(|keys| (keys.partition, keys.sort))
    }

    #[test]
    fn keys_are_found_by_name_and_else_by_what_differs() {
        let pair = |partition: &str, sort: &str| Some((partition.to_owned(), Some(sort.to_owned())));
        let one = |partition: &str| Some((partition.to_owned(), None));
        for (text, keys) in [
            (r#"{"SK":"A","PK":"B","id":"1"}"#, pair("PK", "SK")),
            (r#"{"name":"x","id":1}{"name":"y","id":2}"#, one("id")),
            (
                r#"{"expires":"1","sessionToken":"a"}{"expires":"2","sessionToken":"b"}"#,
                one("sessionToken"),
            ),
            (
                r#"{"a":"1","b":"1"}{"a":"1","b":"2"}{"a":"2","b":"2"}"#,
                pair("a", "b"),
            ),
            (
                r#"{"Created":1,"CustomerNo":"c-1","Logins":3}{"Created":2,"CustomerNo":"c-2","Logins":4}"#,
                one("CustomerNo"),
            ),
            (
                r#"{"created":1,"slug":"a","phoneNumber":"1"}{"created":2,"slug":"b","phoneNumber":"2"}"#,
                one("slug"),
            ),
            (r#"{"a":"1"}{"a":"1"}"#, None),
            ("", None),
        ] {
            assert_eq!(found(text), keys, "{text}");
        }
    }
}

//! The shapes of keys: which parts of a key are labels, and which differ from item to item.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::KeyNames;
use super::words::{is_entity_name, is_word, topic};
use crate::map::item::Item;

/// The characters that separate the parts of a key.
const SEPARATORS: [char; 3] = ['#', '|', ':'];
/// A word that is no known label is one if it comes in so many partitions.
const PARTITIONS_OF_A_LABEL: usize = 2;
/// A word in lower case needs more of them, because it may be somebody's name.
const PARTITIONS_OF_A_LOWER_CASE_LABEL: usize = 10;

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::map) enum Part {
    /// The same in many items.
    Label(String),
    /// Different from item to item.
    Open,
}

/// The shape of a key: its parts, which a separator joins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::map) struct KeyShape {
    pub(in crate::map) parts: Vec<Part>,
    pub(in crate::map) separator: char,
}

/// The shape of an item's keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::map) struct ItemShape {
    pub(in crate::map) partition: KeyShape,
    pub(in crate::map) sort: Option<KeyShape>,
}

/// The labels of a table's keys.
#[derive(Debug)]
pub(in crate::map) struct Labels {
    separator: char,
    partition: BTreeSet<String>,
    sort: BTreeSet<String>,
}

impl Labels {
    /// Finds the labels: words before a separator, or alone in a sort key, that many partitions share or that everybody uses,
    /// such as `USER`. A value of one item is never a label.
    pub(in crate::map) fn find(items: &[Item], keys: &KeyNames) -> Self {
        let partitions = || items.iter().filter_map(|item| item.key(&keys.partition));
        let all = || {
            let sort = |item| keys.sort.as_deref().and_then(|name| Item::key(item, name));
            items
                .iter()
                .filter_map(move |item| Some((item.key(&keys.partition)?, sort(item))))
        };
        let uses = |separator: &char| {
            let labelled = |key: &str| {
                let mut parts = key.split(*separator).filter(|part| !part.is_empty());
                let first = parts.next();
                first.is_some_and(|part| is_word(part) || is_entity_name(part)) && parts.next().is_some()
            };
            all()
                .filter(|(partition, sort)| labelled(partition) || sort.is_some_and(labelled))
                .count()
        };
        let separator = SEPARATORS.into_iter().rev().max_by_key(uses).unwrap_or('#');
        let different: BTreeSet<&str> = partitions().collect();
        let found = |keys: &mut dyn Iterator<Item = (&str, &str)>, alone: bool| {
            let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (partition, key) in keys {
                let parts: Vec<&str> = parts(key, separator).collect();
                for (index, part) in parts.iter().enumerate().step_by(2) {
                    let last = index + 1 == parts.len();
                    if (is_word(part) || is_entity_name(part)) && (!last || alone || index > 0) {
                        seen.entry((*part).to_owned())
                            .or_default()
                            .insert(partition.to_owned());
                    }
                }
            }
            let labels = seen
                .into_iter()
                .filter(|(word, among)| is_label(word, among.len(), different.len()));
            labels.map(|(word, _)| word).collect::<BTreeSet<String>>()
        };
        let partition = found(&mut all().map(|(partition, _)| (partition, partition)), false);
        let sort = found(
            &mut all().filter_map(|(partition, sort)| Some((partition, sort?))),
            true,
        );
        Self {
            separator,
            partition,
            sort,
        }
    }

    /// The shape of an item's keys; `None` if a key is missing or binary.
    pub(in crate::map) fn shape(&self, item: &Item, keys: &KeyNames) -> Option<ItemShape> {
        let partition = self.key_shape(item.key(&keys.partition)?, &self.partition);
        let sort = match &keys.sort {
            Some(name) => Some(self.key_shape(item.key(name)?, &self.sort)),
            None => None,
        };
        Some(ItemShape { partition, sort })
    }

    fn key_shape(&self, key: &str, labels: &BTreeSet<String>) -> KeyShape {
        let leads = key.starts_with(self.separator);
        let part = |(index, part): (usize, &str)| {
            if part.is_empty() || (index % 2 == 0 && labels.contains(part)) {
                Part::Label(part.to_owned())
            } else {
                Part::Open
            }
        };
        let begin = leads.then(|| Part::Label(String::new()));
        KeyShape {
            parts: begin
                .into_iter()
                .chain(parts(key, self.separator).enumerate().map(part))
                .collect(),
            separator: self.separator,
        }
    }
}

/// The parts of a key, without the empty one before a leading separator.
fn parts(key: &str, separator: char) -> impl Iterator<Item = &str> {
    key.strip_prefix(separator).unwrap_or(key).split(separator)
}

fn is_label(word: &str, partitions: usize, all_partitions: usize) -> bool {
    let shouted = word.chars().all(|letter| !letter.is_ascii_lowercase());
    if topic(word).is_some() || is_entity_name(word) {
        return true;
    }
    if shouted {
        partitions >= PARTITIONS_OF_A_LABEL
    } else {
        partitions >= PARTITIONS_OF_A_LOWER_CASE_LABEL && partitions * 10 >= all_partitions
    }
}

impl KeyShape {
    /// The last label that is not empty.
    pub(in crate::map) fn label(&self) -> Option<&str> {
        self.parts.iter().rev().find_map(|part| match part {
            Part::Label(label) if !label.is_empty() => Some(label.as_str()),
            _ => None,
        })
    }

    /// The template of the key, with these names for its open parts.
    pub(in crate::map) fn template(&self, names: &[String]) -> String {
        let mut names = names.iter();
        let parts = self.parts.iter().map(|part| match part {
            Part::Label(label) => label.clone(),
            Part::Open => format!("{{{}}}", names.next().map_or("x", String::as_str)),
        });
        parts.collect::<Vec<_>>().join(&self.separator.to_string())
    }

    /// The values of the open parts of a key that has this shape.
    pub(in crate::map) fn values<'k>(&self, key: &'k str) -> Vec<&'k str> {
        let parts = key.split(self.separator).zip(&self.parts);
        parts
            .filter(|(_, part)| **part == Part::Open)
            .map(|(text, _)| text)
            .collect()
    }

    /// The shape for people: `USER#…`.
    pub(in crate::map) fn readable(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Label(label) => label.as_str(),
            Part::Open => "…",
        });
        parts.collect::<Vec<_>>().join(&self.separator.to_string())
    }
}

impl ItemShape {
    /// The shape for people: `USER#…, PROFILE`.
    pub(in crate::map) fn readable(&self) -> String {
        match &self.sort {
            Some(sort) => format!("{}, {}", self.partition.readable(), sort.readable()),
            None => self.partition.readable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::infer::keys::find;
    use crate::map::source::split;

    fn shapes(items: &[(&str, &str)]) -> Vec<String> {
        let json = items
            .iter()
            .map(|(pk, sk)| format!(r#"{{"pk":"{pk}","sk":"{sk}"}}"#));
        let items = split(&json.collect::<String>()).unwrap();
        let keys = find(&items).unwrap();
        let labels = Labels::find(&items, &keys);
        items
            .iter()
            .map(|item| labels.shape(item, &keys).unwrap().readable())
            .collect()
    }

    #[test]
    fn labels_stay_and_values_do_not() {
        assert_eq!(
            shapes(&[
                ("USER#1", "USER#1"),
                ("USER#2", "SETTINGS"),
                ("USER#3", "SETTINGS"),
                ("USER#ada", "ROLE#admin"),
                ("USER#bob", "ROLE#admin"),
                ("ORDER#7", "LINE#1#PART#2"),
                ("ORDER#8", "LINE#1#PART#2"),
            ]),
            [
                "USER#…, USER#…",
                "USER#…, SETTINGS",
                "USER#…, SETTINGS",
                "USER#…, ROLE#…",
                "USER#…, ROLE#…",
                "ORDER#…, LINE#…#PART#…",
                "ORDER#…, LINE#…#PART#…",
            ]
        );
    }

    #[test]
    fn a_name_or_an_address_is_no_label_however_often_its_partition_repeats_it() {
        for shape in shapes(&[
            ("ada", "x1"),
            ("ada", "ada"),
            ("ada", "bob"),
            ("ada@example.com", "ADA"),
            ("Ada#1", "Grace"),
            ("Ada#2", "Grace"),
        ]) {
            assert!(!shape.chars().any(char::is_alphabetic), "{shape}");
        }
    }

    #[test]
    fn another_separator_and_a_leading_one_are_seen() {
        assert_eq!(
            shapes(&[("user:1", "session:2"), ("user:2", "session:3")])[0],
            "user:…, session:…"
        );
        assert_eq!(shapes(&[("USER#x", "#USER#x")]), ["USER#…, #USER#…"]);
    }

    #[test]
    fn a_shape_becomes_a_template_and_takes_keys_apart() {
        let shape = KeyShape {
            parts: vec![Part::Label(String::new()), Part::Label("USER".into()), Part::Open],
            separator: '#',
        };
        assert_eq!(shape.template(&["userId".to_owned()]), "#USER#{userId}");
        assert_eq!(
            (shape.values("#USER#7"), shape.label()),
            (vec!["7"], Some("USER"))
        );
    }
}

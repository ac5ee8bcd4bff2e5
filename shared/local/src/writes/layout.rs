//! The tables that writes may name, and their keys.

use user_events_catalog::CATEGORIES;
use user_events_core::{Category, Mapping};

/// The tables of a deployment.
#[derive(Debug, Clone, Copy)]
pub enum Layout<'a> {
    /// The tables of the categories, with the rows of `docs/rows.md`.
    Native,
    /// The tables that a mapping has rules for.
    Mapped(&'a Mapping),
}

/// The names of a table's key attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNames {
    /// The partition key.
    pub partition: String,
    /// The sort key, if the table has one.
    pub sort: Option<String>,
    /// Whether a key can be a number. In the tables of the categories it is a string.
    pub numbers: bool,
}

impl<'a> Layout<'a> {
    /// The mapping, if there is one.
    pub fn mapping(self) -> Option<&'a Mapping> {
        match self {
            Self::Native => None,
            Self::Mapped(mapping) => Some(mapping),
        }
    }

    /// The keys of a table; `None` if the deployment has no such table.
    pub fn keys(self, table: &str) -> Option<KeyNames> {
        match self {
            Self::Native => native(table).map(|_| KeyNames {
                partition: "pk".to_owned(),
                sort: Some("sk".to_owned()),
                numbers: false,
            }),
            Self::Mapped(mapping) => mapping.table(table).map(|table| KeyNames {
                partition: table.partition_key().to_owned(),
                sort: table.sort_key().map(str::to_owned),
                numbers: true,
            }),
        }
    }

    /// What a write's table can be, for messages.
    pub(super) fn names(self) -> String {
        let names: Vec<_> = match self {
            Self::Native => CATEGORIES.iter().map(|category| quoted(category.table)).collect(),
            Self::Mapped(mapping) => mapping.tables().map(|table| quoted(table.pattern())).collect(),
        };
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => "one of none".to_owned(),
        }
    }
}

impl KeyNames {
    /// The names: the partition key's, then the sort key's.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.partition.as_str()).chain(self.sort.as_deref())
    }
}

/// The category of the table with that name.
pub fn native(table: &str) -> Option<&'static Category> {
    CATEGORIES
        .iter()
        .copied()
        .find(|category| category.table == table)
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

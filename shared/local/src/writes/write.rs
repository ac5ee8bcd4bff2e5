//! A write of one row.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use user_events_catalog::{access, account, authentication, profile};

/// The attributes of a row.
pub type Item = HashMap<String, AttributeValue>;

/// One of the user tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Accounts.
    Accounts,
    /// Profiles, addresses, consents.
    Profiles,
    /// Sessions, attempts, second factors.
    Authentication,
    /// Roles, grants, assignments.
    Access,
}

/// The keys of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// One write of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The table.
    pub table: Table,
    /// The row.
    pub key: Key,
    /// What the write does to the row.
    pub action: Action,
}

/// What a write does to its row.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Replaces the row with these attributes, keys included.
    Put(Item),
    /// Sets and removes attributes. Creates the row if it is missing and something is set.
    Update {
        /// The attributes to set.
        set: Item,
        /// The attributes to remove.
        remove: Vec<String>,
    },
    /// Removes the row.
    Delete,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 4] = [Self::Accounts, Self::Profiles, Self::Authentication, Self::Access];

    /// The name in the writes file and in the template's outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accounts => account::CATEGORY.table,
            Self::Profiles => profile::CATEGORY.table,
            Self::Authentication => authentication::CATEGORY.table,
            Self::Access => access::CATEGORY.table,
        }
    }

    /// The category of the events of its rows.
    pub fn category(self) -> &'static str {
        match self {
            Self::Accounts => account::CATEGORY.name,
            Self::Profiles => profile::CATEGORY.name,
            Self::Authentication => authentication::CATEGORY.name,
            Self::Access => access::CATEGORY.name,
        }
    }
}

impl Key {
    /// The keys as attributes.
    pub fn attributes(&self) -> Item {
        let text = |text: &String| AttributeValue::S(text.clone());
        HashMap::from([
            ("pk".to_owned(), text(&self.pk)),
            ("sk".to_owned(), text(&self.sk)),
        ])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pk, self.sk)
    }
}

impl Action {
    /// The action's name in the writes file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Update { .. } => "update",
            Self::Delete => "delete",
        }
    }
}

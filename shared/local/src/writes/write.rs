//! A write of one row.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;

/// The attributes of a row.
pub type Item = HashMap<String, AttributeValue>;

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition key.
    pub partition: KeyAttribute,
    /// The sort key, if the table has one.
    pub sort: Option<KeyAttribute>,
}

/// A key attribute of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: KeyValue,
}

/// The value of a key attribute. No table of users is known that has a binary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyValue {
    /// A string.
    Text(String),
    /// A number, in digits.
    Number(String),
}

/// One write of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The name of the table, as the file has it.
    pub table: String,
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

impl Key {
    /// The key attributes: the partition key, then the sort key.
    pub fn parts(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.partition).chain(&self.sort)
    }

    /// The keys as attributes.
    pub fn attributes(&self) -> Item {
        self.parts()
            .map(|part| (part.name.clone(), part.value.attribute()))
            .collect()
    }
}

impl KeyValue {
    fn attribute(&self) -> AttributeValue {
        match self {
            Self::Text(text) => AttributeValue::S(text.clone()),
            Self::Number(digits) => AttributeValue::N(digits.clone()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.parts().enumerate() {
            let (KeyValue::Text(text) | KeyValue::Number(text)) = &part.value;
            write!(f, "{}{text}", if place == 0 { "" } else { " " })?;
        }
        Ok(())
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

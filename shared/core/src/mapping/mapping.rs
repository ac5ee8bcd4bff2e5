//! A mapping: the rules of all tables of a deployment.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::mapping::table::{MappedChange, TableMapping};
use crate::stream::change::Keys;
use crate::stream::item::{Item, item};
use crate::stream::key_names::KeyNames;
use crate::stream::raw::RawRecord;

/// A mapping, read from its file. It is for all streams of a deployment.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    pub(super) tables: Vec<TableMapping>,
}

impl Mapping {
    /// The mapping of the table with this name: the first that is for it. `None` when its rows have the native shape.
    pub fn table(&self, name: &str) -> Option<&TableMapping> {
        self.tables.iter().find(|table| table.is_for(name))
    }

    /// Whether the mapping is for the table of the record.
    pub fn is_for(&self, raw: &RawRecord<'_>) -> bool {
        !raw.is_of_subject_keys() && raw.table().is_some_and(|name| self.table(&name).is_some())
    }

    /// The mappings of all tables.
    pub fn tables(&self) -> impl Iterator<Item = &TableMapping> {
        self.tables.iter()
    }

    /// The same mapping, which also reads the attribute with this name, for a function that asks for it.
    #[must_use]
    pub fn with_attribute(mut self, name: &str) -> Self {
        for table in &mut self.tables {
            table.wanted.insert(name.to_owned());
        }
        self
    }

    /// The names of the keys and of the attributes that are read of the records of this table. `None` when the record's table
    /// has the native shape.
    pub(crate) fn wanted(&self, raw: &RawRecord<'_>) -> Option<(&KeyNames, &BTreeSet<String>)> {
        let table = self.table(&raw.table()?)?;
        Some((&table.keys, &table.wanted))
    }

    /// The item of a record and what its change becomes. `None` when the record's table has the native shape, or the
    /// record does not name a table.
    ///
    /// Fails when the record cannot be decoded, and when the item matches a rule and does not fit it.
    pub(crate) fn change(&self, raw: &RawRecord<'_>) -> Option<Result<(Item, MappedChange), Error>> {
        let table = self.table(&raw.table()?)?;
        Some(item(raw, &table.keys, &table.wanted).and_then(|item| {
            let change = table.changes(&item)?;
            Ok((item, change))
        }))
    }

    /// The canonical keys of a record that cannot become events; the first as far as they can be recognised. `None` when
    /// the record's table has the native shape.
    pub(crate) fn keys(&self, raw: &RawRecord<'_>) -> Option<Option<Keys>> {
        let table = self.table(&raw.table()?)?;
        let (partition, sort) = raw.keys_with(&table.keys).unzip();
        let image = raw.image(&table.wanted).unwrap_or_default();
        let keys = partition.and_then(|partition| {
            let sort = sort.flatten().unwrap_or_default();
            table.keys_of(&partition, &sort, &image)
        });
        Some(keys)
    }
}

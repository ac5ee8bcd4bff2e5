//! A sample of a table.

use crate::map::item::Item;

/// Items, and what the table says about itself.
#[derive(Debug, Default)]
pub(in crate::map) struct Sample {
    /// The items.
    pub(in crate::map) items: Vec<Item>,
    /// The description of the table; `None` if the items come from a file.
    pub(in crate::map) table: Option<TableFacts>,
}

/// What a table says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::map) struct TableFacts {
    /// The name of the partition key.
    pub(in crate::map) partition: String,
    /// The name of the sort key, if the table has one.
    pub(in crate::map) sort: Option<String>,
    /// The name of the time-to-live attribute, if it is enabled.
    pub(in crate::map) ttl: Option<String>,
    /// The view type of the stream; `None` if the table has no stream.
    pub(in crate::map) view_type: Option<String>,
}

//! The names of a table's keys.

/// The names of a table's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyNames {
    pub(crate) partition: String,
    /// `None` when the table has no sort key.
    pub(crate) sort: Option<String>,
}

//! The table of persons' keys, as a publisher uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use user_events_core::SubjectKey;

/// The most persons of one read (Amazon DynamoDB API Reference, *BatchGetItem*).
pub const MAX_READ: usize = 100;

/// The table of persons' keys, as a publisher uses it: DynamoDB, or a fake in a test. `docs/reading.md` describes its rows.
pub trait SubjectKeyStore: Send + Sync + 'static {
    /// The rows with these names, [`MAX_READ`] at most.
    ///
    /// Fails when the table does not answer. The log has the cause.
    fn read<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<SubjectRows, TableFailed>>;

    /// Creates the row with this name, unless there is one. Returns the row that is there then.
    ///
    /// Fails when the table does not answer. The log has the cause.
    fn create<'a>(
        &'a self,
        name: &'a str,
        key: &'a SubjectKey,
    ) -> BoxFuture<'a, Result<SubjectRow, TableFailed>>;
}

/// A row of the table.
#[derive(Debug, Clone)]
pub enum SubjectRow {
    /// The person's key.
    Key(Arc<SubjectKey>),
    /// A tombstone: the person was erased, for ever.
    Erased,
}

/// What a read gave.
#[derive(Debug, Default)]
pub struct SubjectRows {
    /// The rows, by name.
    pub found: BTreeMap<String, SubjectRow>,
    /// The names of rows that may exist and could not be read. All others do not exist.
    pub unread: BTreeSet<String>,
}

/// The table did not answer, or refused the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableFailed;

//! The names of the stack and the stage, and the deployed names of the tables that writes name.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use user_events_catalog::CATEGORIES;
use user_events_local::deploy::Stack;

/// The names of the stack and the stage. They never change, so that a second run updates the stack of the first.
///
/// A mapping has a stack of its own, because an update would delete the tables of the other. So have persons' keys, because a
/// local engine cannot change the parameters of a nested stack with roles.
pub(super) fn stack_and_stage(has_mapping: bool, has_keys: bool) -> (&'static str, &'static str) {
    match (has_mapping, has_keys) {
        (false, false) => ("user-events-demo", "demo"),
        (true, false) => ("user-events-demo-mapped", "demo-mapped"),
        (false, true) => ("user-events-demo-keys", "demo-keys"),
        (true, true) => ("user-events-demo-mapped-keys", "demo-mapkeys"),
    }
}

/// The deployed names, by the names in the writes.
pub(super) struct TableNames(pub(super) BTreeMap<String, String>);

impl TableNames {
    /// The tables that the stack created.
    ///
    /// Fails when the template has no output for one of them.
    pub(super) fn of_stack(stack: &Stack) -> Result<Self> {
        let name = |table: &str| Ok((table.to_owned(), stack.table_name(table)?.to_owned()));
        CATEGORIES
            .iter()
            .map(|category| name(category.table))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The name of a table.
    ///
    /// Fails when there is no such table.
    pub(super) fn deployed(&self, table: &str) -> Result<&str> {
        let name = self.0.get(table);
        Ok(name.with_context(|| format!("the deployment has no table {table}"))?)
    }
}

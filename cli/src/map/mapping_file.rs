//! Reads a mapping file and finds the entry of a table in it.

use anyhow::{Result, anyhow, bail};
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, Problems, TableMapping, shapes};

use crate::messages;

/// The mapping in a file, or its problems.
///
/// Fails when the file cannot be read.
pub(super) fn read(file: &str) -> Result<Result<Mapping, Problems>> {
    let text = messages::read(Some(file))?;
    Ok(Mapping::read(&text, &shapes(CATEGORIES)))
}

/// The mapping in a file.
///
/// Fails when it cannot be read or has problems. The error lists them.
pub(crate) fn usable(file: &str) -> Result<Mapping> {
    read(file)?.map_err(|problems| {
        let lines = problems.0.iter().map(|problem| format!("\n  {problem}"));
        anyhow!("{file} is no usable mapping:{}", lines.collect::<String>())
    })
}

/// The entry of a table. Without a name, the only entry.
///
/// Fails when no entry is for the table, and when a name is needed.
pub(super) fn table<'m>(mapping: &'m Mapping, name: Option<&str>) -> Result<&'m TableMapping> {
    let patterns = || {
        let patterns = mapping.tables().map(|table| format!("`{}`", table.pattern()));
        patterns.collect::<Vec<_>>().join(", ")
    };
    if let Some(name) = name {
        return mapping.table(name).ok_or_else(|| {
            anyhow!(
                "the mapping has no entry for the table {name}, so its items have the native shape; its entries are for {}",
                patterns()
            )
        });
    }
    let mut tables = mapping.tables();
    match (tables.next(), tables.next()) {
        (Some(only), None) => Ok(only),
        _ => bail!(
            "the mapping has entries for {}; name the table of the items with --table",
            patterns()
        ),
    }
}

/// A name of a table that the entry is for.
pub(super) fn example_name(table: &TableMapping) -> String {
    table.pattern().replace('*', "x")
}

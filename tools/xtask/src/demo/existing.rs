//! The tables of a service, for a deployment with a mapping.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use user_events_core::Mapping;
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{STREAM_PARAMETERS, TableSpec, create_table};

use super::names::TableNames;
use super::script::Script;

/// The tables of a mapping, created as a service would have them.
pub(super) struct ExistingTables {
    pub(super) names: TableNames,
    /// The template parameters with their streams.
    pub(super) streams: Vec<(&'static str, String)>,
}

impl ExistingTables {
    /// Creates every table that the script names. A `*` of its name becomes `demo`.
    ///
    /// Fails when there are more tables than the deployment takes streams, when the mapping reads a table under that name
    /// by other rules than the writes name, and when the engine refuses a table.
    pub(super) async fn create(
        clients: &Clients,
        mapping: &Mapping,
        script: &Script,
        console: &Console,
    ) -> Result<Self> {
        let mut keys = BTreeMap::new();
        for write in script.writes() {
            keys.entry(write.table.as_str()).or_insert(&write.key);
        }
        ensure!(
            keys.len() <= STREAM_PARAMETERS.len(),
            "the writes name {} tables, but a deployment takes the streams of {} at most",
            keys.len(),
            STREAM_PARAMETERS.len()
        );
        let mut names = BTreeMap::new();
        let mut streams = Vec::new();
        for ((table, key), parameter) in keys.into_iter().zip(STREAM_PARAMETERS) {
            let name = deployed_name(table);
            let rules = |name: &str| mapping.table(name).map(|table| table.pattern().to_owned());
            ensure!(
                rules(&name) == rules(table),
                "the writes name the table {table}, but the mapping reads {name} by other rules; name the table without `*`"
            );
            console.step(format_args!("creating the table {name}"));
            let spec = TableSpec { name: &name, key };
            streams.push((parameter, create_table(&clients.dynamodb, &spec).await?));
            names.insert(table.to_owned(), name);
        }
        Ok(Self {
            names: TableNames(names),
            streams,
        })
    }
}

/// The name of a table, without the `*` of a pattern: `my-app-*` becomes `my-app-demo`, and `*user` becomes `demo-user`.
fn deployed_name(table: &str) -> String {
    let at_start = table
        .strip_prefix('*')
        .map(|rest| format!("demo-{}", rest.trim_start_matches('-')));
    at_start.unwrap_or_else(|| table.to_owned()).replace('*', "demo")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_becomes_a_name() {
        for (pattern, name) in [
            ("my-app-*", "my-app-demo"),
            ("*user", "demo-user"),
            ("*-user", "demo-user"),
            ("a*b*c", "ademobdemoc"),
            ("next-auth", "next-auth"),
            ("*", "demo-"),
        ] {
            assert_eq!(deployed_name(pattern), name, "{pattern}");
        }
    }
}

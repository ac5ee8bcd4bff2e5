//! What the page works on: a deployed publisher on a local engine.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use user_events_catalog::CATEGORIES;
use user_events_core::Mapping;
use user_events_local::clients::Clients;
use user_events_local::deploy::STREAM_PARAMETERS;
use user_events_local::writes::Layout;

use crate::arn;
use crate::parked::deployment::Deployment;
use crate::stack::Outputs;

/// A deployed publisher on a local engine.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) clients: Clients,
    pub(super) endpoint: String,
    pub(super) stack: String,
    pub(super) stage: String,
    /// The deployed names of its tables. Their keys are what a write calls them: the name of a category's table, or with a
    /// mapping the pattern of its entry.
    pub(super) tables: BTreeMap<String, String>,
    /// Its topics, by category.
    pub(super) topics: Vec<(&'static str, String)>,
    pub(super) seal_key_arn: String,
    pub(super) subject_keys_table: Option<String>,
    pub(super) parked_url: String,
    pub(super) redrive_url: String,
    /// How its functions publish.
    pub(super) deployment: Deployment,
    pub(super) mapping: Option<Mapping>,
}

impl Place {
    /// Looks a stack of an engine up.
    ///
    /// Fails when no engine answers at the endpoint, when the endpoint is not on this machine, when there is no such stack,
    /// and when its tables are not those of the mapping.
    pub(super) async fn look_up(endpoint: &str, stack: &str, mapping: Option<Mapping>) -> Result<Self> {
        ensure!(
            is_loopback(endpoint),
            "--endpoint: the playground writes rows, so it works only on an engine on this machine, such as http://127.0.0.1:4566"
        );
        let clients = Clients::from_endpoint(endpoint);
        let otherwise = "; `cargo demo --open` starts an engine and this page on it";
        let outputs = Outputs::look_up(&clients.cloudformation, stack, otherwise).await?;
        let topic = |name: &'static str| Ok((name, outputs.topic_arn(name)?.to_owned()));
        let topics = CATEGORIES
            .iter()
            .map(|category| topic(category.name))
            .collect::<Result<_>>()?;
        let tables = match &mapping {
            None => native_tables(&outputs)?,
            Some(mapping) => mapped_tables(&outputs, mapping)?,
        };
        let stage = outputs
            .parameter("Stage")
            .context("the stack has no parameter Stage")?;
        Ok(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            stack: stack.to_owned(),
            stage: stage.to_owned(),
            tables,
            topics,
            seal_key_arn: outputs.get("SealKeyArn")?.to_owned(),
            subject_keys_table: outputs.output("SubjectKeysTableName").map(str::to_owned),
            parked_url: outputs.get("ParkedQueueUrl")?.to_owned(),
            redrive_url: outputs.get("RedriveQueueUrl")?.to_owned(),
            deployment: Deployment::new(Some(&outputs), mapping.clone()),
            mapping,
            clients,
        })
    }

    /// The shape of its rows.
    pub(super) fn layout(&self) -> Layout<'_> {
        self.mapping.as_ref().map_or(Layout::Native, Layout::Mapped)
    }

    /// The deployed name of a table.
    ///
    /// Fails when there is no such table.
    pub(super) fn deployed(&self, table: &str) -> Result<&str> {
        let names = || {
            self.tables
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.tables
            .get(table)
            .map(String::as_str)
            .with_context(|| format!("table: there is no such table; the tables are {}", names()))
    }
}

fn native_tables(outputs: &Outputs) -> Result<BTreeMap<String, String>> {
    let name = |table: &str| {
        let name = outputs.table_name(table).with_context(|| {
            format!(
                "the stack {} did not create the table {table}; name the mapping of its tables with --mapping",
                outputs.stack()
            )
        });
        Ok((table.to_owned(), name?.to_owned()))
    };
    CATEGORIES.iter().map(|category| name(category.table)).collect()
}

fn mapped_tables(outputs: &Outputs, mapping: &Mapping) -> Result<BTreeMap<String, String>> {
    let streams = STREAM_PARAMETERS
        .iter()
        .filter_map(|parameter| outputs.parameter(parameter));
    let tables: BTreeMap<_, _> = streams
        .filter_map(arn::table_of_stream)
        .filter_map(|name| Some((mapping.table(name)?.pattern().to_owned(), name.to_owned())))
        .collect();
    ensure!(
        !tables.is_empty(),
        "--mapping: it has no entry for a table of the stack {}; name the mapping that the stack was deployed with",
        outputs.stack()
    );
    Ok(tables)
}

/// Whether the URL is of this machine.
fn is_loopback(endpoint: &str) -> bool {
    let uri = endpoint.parse::<hyper::Uri>().ok();
    let host = uri
        .as_ref()
        .filter(|uri| uri.scheme_str() == Some("http"))
        .and_then(hyper::Uri::host);
    matches!(host, Some("127.0.0.1" | "localhost" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_endpoint_of_this_machine_is_written_to() {
        for endpoint in [
            "http://127.0.0.1:4566",
            "http://localhost:4566/",
            "http://[::1]:4566",
            "http://localhost",
        ] {
            assert!(is_loopback(endpoint), "{endpoint}");
        }
        for endpoint in [
            "https://dynamodb.eu-west-1.amazonaws.com",
            "http://192.0.2.1:4566",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com:80",
            "http://127.0.0.1:4566@example.com",
            "127.0.0.1:4566",
        ] {
            assert!(!is_loopback(endpoint), "{endpoint}");
        }
    }
}

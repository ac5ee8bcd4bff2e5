//! Where the items come from: a file, or a sample of a table.

mod file;
mod sample;
mod scan;

use std::num::NonZeroUsize;

use anyhow::{Result, bail};
use clap::Args;
use user_events_local::clients::Clients;
use user_events_local::console::Console;

use crate::messages;

pub(super) use file::{one, split};
pub(super) use sample::{Sample, TableFacts};

const HEADING: &str = "Where the items are";

/// Where the items are.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// The items: JSON, one per line or not, plain or in DynamoDB's types; or the output of `aws dynamodb scan`; `-` is
    /// standard input
    #[arg(value_name = "ITEMS", required_unless_present = "table")]
    pub(super) items: Option<String>,

    /// The table's name; without ITEMS, the table is read
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub(super) table: Option<String>,

    /// Read at most this many items of the table
    #[arg(long, value_name = "N", default_value = "200", help_heading = HEADING)]
    pub(super) samples: NonZeroUsize,

    /// Read the table of a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    pub(super) endpoint: Option<String>,
}

impl Source {
    /// Reads the items.
    ///
    /// Fails when the file or the table cannot be read, when an item is malformed, and when there is no item.
    pub(super) async fn read(&self, progress: &Console) -> Result<Sample> {
        let sample = match (&self.items, &self.table) {
            (Some(file), _) => Sample {
                items: split(&messages::read(Some(file))?)?,
                table: None,
            },
            (None, Some(table)) => {
                let clients = Clients::reach(self.endpoint.as_deref()).await?;
                scan::read(&clients.dynamodb, table, self.samples.get(), progress).await?
            }
            (None, None) => bail!("name a file with items, or a table with --table"),
        };
        if sample.items.is_empty() {
            bail!("there is no item to look at; give a file with items, or a table that has some");
        }
        Ok(sample)
    }
}

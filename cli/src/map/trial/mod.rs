//! `user-events map try`: shows what a change of an item becomes with a mapping.

mod outcome;
mod rows;
mod show;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use user_events_core::Time;
use user_events_local::clock;
use user_events_local::console::Console;

use super::item::Item;
use super::item_change::ItemChange;
use super::{mapping_file, source};
use crate::messages;

/// The file name that means that there is no item.
const NO_ITEM: &str = "-";

/// Show which rows and events a change of an item becomes, or why none
///
/// Takes the item before and after the change, in plain JSON or in DynamoDB's types. Personal data in rows and events is
/// hidden. Identifiers are shown, because they are published unencrypted.
#[derive(Debug, Args)]
#[command(name = "try", after_long_help = EXAMPLES)]
pub(super) struct Try {
    /// The mapping file
    #[arg(value_name = "FILE")]
    file: String,

    /// The item before the change; `-` if it is new
    #[arg(value_name = "OLD", conflicts_with_all = ["old_item", "new_item"], requires = "new")]
    old: Option<String>,

    /// The item after the change; `-` if it was removed
    #[arg(value_name = "NEW")]
    new: Option<String>,

    /// The item before the change: of a removal, if --new is missing
    #[arg(long = "old", value_name = "ITEM")]
    old_item: Option<String>,

    /// The item after the change: of an insertion, if --old is missing
    #[arg(long = "new", value_name = "ITEM")]
    new_item: Option<String>,

    /// The item was removed by its time to live
    #[arg(long)]
    ttl: bool,

    /// The table of the item; needed if the mapping has entries for several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// When DynamoDB recorded the change, in RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Time>,

    /// Show personal data too
    #[arg(long)]
    show_personal: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  user-events map try mapping.yaml old.json new.json
  user-events map try mapping.yaml - new.json --show-personal
  user-events map try mapping.yaml --new user.json
  user-events map try mapping.yaml --old session.json --ttl
  user-events map try mapping.yaml old.json new.json \\
      --table my-app-users --at 2026-03-01T12:00:00Z --json

Exit status: 0 if the change becomes events or is skipped for a reason that is printed, 1 if its record would be parked or the mapping or an item cannot be used, 2 for an invalid command line.";

/// Runs the command. Succeeds if the record of the change would not be parked.
///
/// Fails when the mapping or an item cannot be used.
pub(super) fn run(options: &Try, out: &Console) -> Result<ExitCode> {
    let mapping = mapping_file::usable(&options.file)?;
    let table = mapping_file::table(&mapping, options.table.as_deref())?;
    let (old, new) = (options.old()?, options.new_item()?);
    match (&old, &new) {
        (None, None) => bail!("there is no item; give OLD and NEW, or --old, or --new"),
        (_, Some(_)) if options.ttl => bail!("--ttl is for a removal; give the old item only"),
        _ => {}
    }
    let change = ItemChange {
        old: old.as_ref(),
        new: new.as_ref(),
        by_ttl: options.ttl,
        recorded: whole_seconds(options.at.unwrap_or_else(clock::now)),
    };
    let name = options
        .table
        .clone()
        .unwrap_or_else(|| mapping_file::example_name(table));
    let outcome = outcome::outcome(&mapping, table, &name, &change, options.show_personal)?;
    if options.json {
        out.line(show::json(&outcome));
    } else {
        show::readable(&outcome, out);
    }
    Ok(match outcome.parked {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

impl Try {
    fn old(&self) -> Result<Option<Item>> {
        item(self.old.as_deref().or(self.old_item.as_deref()))
    }

    fn new_item(&self) -> Result<Option<Item>> {
        item(self.new.as_deref().or(self.new_item.as_deref()))
    }
}

fn item(file: Option<&str>) -> Result<Option<Item>> {
    match file {
        None | Some(NO_ITEM) => Ok(None),
        Some(file) => {
            let item = source::one(&messages::read(Some(file))?);
            item.with_context(|| format!("{file} is no item")).map(Some)
        }
    }
}

/// A stream record has a time in seconds.
fn whole_seconds(time: Time) -> Time {
    Time::from_millisecond(time.as_millisecond().div_euclid(1_000) * 1_000).unwrap_or(time)
}

fn time(text: &str) -> Result<Time> {
    Time::parse(text).context("it is not an RFC 3339 time such as 2026-03-01T12:00:00Z")
}

#[cfg(test)]
mod tests;

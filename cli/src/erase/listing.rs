//! `user-events erase list` and `status`: the ledger, which holds no subject.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use user_events_core::Time;
use user_events_local::console::Console;

use super::ending::exit;
use super::key_table::{KeyTable, Row};
use super::ledger::{Entry, Ledger};
use super::options::{List, Status};
use super::person::Person;
use super::place::Found;
use crate::table::lines;

const ABSENT: &str = "-";

/// Lists all erased persons.
///
/// Fails when the ledger cannot be found or read.
pub(super) async fn list(options: &List, out: &Console, progress: &Console) -> Result<ExitCode> {
    let found = options.place.find(false).await?;
    let entries = ledger(&found).entries().await?;
    if options.json {
        entries.iter().for_each(|entry| out.line(as_json(entry)));
    } else if !entries.is_empty() {
        let headings = ["PERSON", "ERASED AT", "LAST RUN", "COMPLETE"].map(str::to_owned);
        for line in lines(std::iter::once(headings).chain(entries.iter().map(row))) {
            out.line(line);
        }
    }
    let open = entries.iter().filter(|entry| !entry.complete).count();
    progress.line(format_args!(
        "{} erased persons, {open} not complete",
        entries.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Shows whether a person is erased. Succeeds if the tombstone is there and the last run was complete.
///
/// Fails when the tables cannot be found or read.
pub(super) async fn status(options: &Status, out: &Console) -> Result<ExitCode> {
    let found = options.place.find(false).await?;
    let person = Person::new(&found.source, &options.user);
    let table = KeyTable {
        client: &found.clients.dynamodb,
        name: &found.table,
    };
    let row = table.row(person.pk()).await?;
    let entry = ledger(&found).entry(person.pk()).await?;
    let key = match row {
        Row::Absent => "absent",
        Row::Key => "present",
        Row::Tombstone(_) => "tombstone",
    };
    let erased_at = entry.as_ref().map(|entry| entry.erased_at.to_string());
    let last_run = entry.as_ref().and_then(|entry| time(entry.last_run_at));
    let complete = entry.as_ref().is_some_and(|entry| entry.complete);
    if options.json {
        out.line(json!({
            "pk": person.pk(), "key": key, "erasedAt": erased_at, "lastRunAt": last_run, "complete": complete,
        }));
    } else {
        out.line(format_args!("{}  key: {key}", person.pk()));
        let or_absent = |text: Option<String>| text.unwrap_or_else(|| ABSENT.to_owned());
        out.line(format_args!(
            "    erased at {}  last run {}  complete: {}",
            or_absent(erased_at),
            or_absent(last_run),
            yes(complete)
        ));
    }
    Ok(exit(complete && matches!(row, Row::Tombstone(_))))
}

fn ledger(found: &Found) -> Ledger<'_> {
    Ledger {
        client: &found.clients.dynamodb,
        name: &found.ledger,
    }
}

fn row(entry: &Entry) -> [String; 4] {
    [
        entry.pk.clone(),
        entry.erased_at.to_string(),
        time(entry.last_run_at).unwrap_or_else(|| ABSENT.to_owned()),
        yes(entry.complete).to_owned(),
    ]
}

fn as_json(entry: &Entry) -> String {
    json!({
        "pk": entry.pk,
        "erasedAt": entry.erased_at.to_string(),
        "lastRunAt": time(entry.last_run_at),
        "complete": entry.complete,
    })
    .to_string()
}

fn time(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn yes(complete: bool) -> &'static str {
    if complete { "yes" } else { "no" }
}

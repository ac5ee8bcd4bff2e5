//! `user-events erase restore`: brings keys back from a restored table, without those of erased persons.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use user_events_core::Time;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

use super::ledger::Ledger;
use super::options::Restore;
use super::refused::RefusingTable;

type Row = HashMap<String, AttributeValue>;

/// What was written, and what was not.
#[derive(Debug, Default)]
struct Restored {
    /// Tombstones that the live table lacked.
    tombstones: u64,
    /// Keys that were copied.
    copied: u64,
    /// Rows that the live table has already.
    present: u64,
    /// Keys of erased persons, which were not copied.
    erased: u64,
    /// Rows of the restored table that are neither a key nor a tombstone.
    odd: u64,
}

/// The tables of a restore.
#[derive(Debug)]
struct Tables<'a> {
    client: &'a Client,
    live: &'a str,
    restored: &'a str,
    dry_run: bool,
}

/// Runs the command.
///
/// Fails when the restored table has a wrong name, and when a table refuses.
pub(super) async fn run(
    options: &Restore,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let found = options.place.find(false).await?;
    let expected = format!("{}-restored", found.table);
    ensure!(
        options.from_table.starts_with(&expected),
        "--from-table: the name of a restored table begins with {expected}; restore the backup to such a table"
    );
    let ledger = Ledger {
        client: &found.clients.dynamodb,
        name: &found.ledger,
    };
    let tables = Tables {
        client: &found.clients.dynamodb,
        live: &found.table,
        restored: &options.from_table,
        dry_run: options.dry_run,
    };
    let mut erased: BTreeMap<String, Time> = BTreeMap::new();
    let entries = ledger.entries().await?;
    erased.extend(entries.into_iter().map(|entry| (entry.pk, entry.erased_at)));
    let rows = tables.rows().await?;
    let mut restored = Restored::default();
    // Tombstones of the restored table count as well: an erased person that the ledger lacks stays erased.
    for (pk, row) in &rows {
        if let Some(erased_at) = text(row, "erasedAt").and_then(Time::parse)
            && !erased.contains_key(pk)
        {
            if !options.dry_run {
                ledger.enter(pk, erased_at).await?;
            }
            erased.insert(pk.clone(), erased_at);
        }
    }
    for (pk, erased_at) in &erased {
        interrupt.check()?;
        let subject = rows.get(pk).and_then(|row| text(row, "subject"));
        restored.tombstones += u64::from(tables.bury(pk, *erased_at, subject).await?);
    }
    progress.step(format_args!("{} erased persons stay erased", erased.len()));
    for (pk, row) in rows {
        interrupt.check()?;
        let is_key = row.contains_key("keyId") && row.contains_key("secret");
        match (erased.contains_key(&pk), is_key) {
            (true, _) => restored.erased += 1,
            (false, false) => restored.odd += 1,
            (false, true) if tables.copy(row).await? => restored.copied += 1,
            (false, true) => restored.present += 1,
        }
    }
    let verb = if options.dry_run {
        "would be written"
    } else {
        "written"
    };
    out.line(format_args!(
        "{} keys {verb}, {} tombstones {verb}, {} rows left out because the live table has one, {} because the person was \
         erased, {} because they are no keys",
        restored.copied, restored.tombstones, restored.present, restored.erased, restored.odd
    ));
    progress.step(format_args!(
        "delete the table {} when the restore is over: it holds keys of erased persons",
        options.from_table
    ));
    Ok(ExitCode::SUCCESS)
}

impl Tables<'_> {
    /// The rows of the restored table, by pseudonym.
    async fn rows(&self) -> Result<BTreeMap<String, Row>> {
        let (mut rows, mut next) = (BTreeMap::new(), None);
        loop {
            let scan = self.client.scan().table_name(self.restored).consistent_read(true);
            let page = scan.set_exclusive_start_key(next).send().await;
            let page = page
                .map_err(|error| self.refused(self.restored, "could not be read", "dynamodb:Scan", &error))?;
            for row in page.items.unwrap_or_default() {
                if let Some(pk) = text(&row, "pk").map(str::to_owned) {
                    rows.insert(pk, row);
                }
            }
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Makes sure that the live table has a tombstone. Returns whether one was written.
    async fn bury(&self, pk: &str, erased_at: Time, subject: Option<&str>) -> Result<bool> {
        let mut row = Row::from([
            ("pk".to_owned(), AttributeValue::S(pk.to_owned())),
            ("erasedAt".to_owned(), AttributeValue::S(erased_at.to_string())),
        ]);
        if let Some(subject) = subject {
            row.insert("subject".to_owned(), AttributeValue::S(subject.to_owned()));
        }
        self.put(row, "erasedAt").await
    }

    /// Copies a key if the live table has no row. Returns whether it was copied.
    async fn copy(&self, mut row: Row) -> Result<bool> {
        row.retain(|name, _| ["pk", "keyId", "secret"].contains(&name.as_str()));
        self.put(row, "pk").await
    }

    /// Writes a row unless the live one has that attribute. Returns whether it was written, or would be.
    async fn put(&self, row: Row, absent: &str) -> Result<bool> {
        if self.dry_run {
            let key = row.get("pk").cloned().unwrap_or(AttributeValue::Null(true));
            let get = self.client.get_item().table_name(self.live).key("pk", key);
            let get = get.projection_expression("pk, erasedAt").consistent_read(true);
            let answer = get.send().await;
            let answer = answer
                .map_err(|error| self.refused(self.live, "could not be read", "dynamodb:GetItem", &error))?;
            return Ok(answer.item.is_none_or(|row| !row.contains_key(absent)));
        }
        let put = self.client.put_item().table_name(self.live).set_item(Some(row));
        let put = put.condition_expression(format!("attribute_not_exists({absent})"));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(self.refused(self.live, "could not be written", "dynamodb:PutItem", &error)),
        }
    }

    fn refused<E, R>(
        &self,
        table: &str,
        what: &str,
        permission: &str,
        error: &SdkError<E, R>,
    ) -> anyhow::Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let table = RefusingTable {
            kind: "table",
            name: table,
            options: "--from-table, --stack, --table",
        };
        table.error(what, permission, error)
    }
}

fn text<'r>(row: &'r Row, name: &str) -> Option<&'r str> {
    row.get(name)?.as_s().ok().map(String::as_str)
}

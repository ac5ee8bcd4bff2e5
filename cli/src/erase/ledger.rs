//! The ledger of erased persons: when, and what was found so far. It never holds a secret or a subject.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use user_events_core::Time;

use super::refused::RefusingTable;

/// What is kept of the digest of a name: 96 bits.
const DIGEST_BYTES: usize = 12;

/// The ledger.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    pub(super) client: &'a Client,
    pub(super) name: &'a str,
}

/// A person in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The pseudonym.
    pub(super) pk: String,
    /// When the person was erased first.
    pub(super) erased_at: Time,
    /// When the tombstone was written: later than `erased_at` if a key had come back.
    pub(super) tombstone_at: Time,
    /// When the last run ended, if one did.
    pub(super) last_run_at: Option<Time>,
    /// Whether nothing of the person remained at the end of that run.
    pub(super) complete: bool,
    /// How many things each kind of find had, over all runs.
    counts: HashMap<&'static str, u64>,
}

/// What was found of a person. Each find is noted before it is deleted, so that a run that continues another one knows of
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Find {
    /// A message of the redrive queue.
    Redrive,
    /// A message of the parked queue.
    Parked,
    /// A notice of an object that is gone.
    Notice,
    /// A record in the failure bucket.
    Record,
    /// An object of that bucket that was deleted.
    Deleted,
    /// An object of that bucket that was written again without the person's records.
    Rewritten,
}

impl Find {
    const ALL: [Self; 6] = [
        Self::Redrive,
        Self::Parked,
        Self::Notice,
        Self::Record,
        Self::Deleted,
        Self::Rewritten,
    ];

    /// The attribute with the digests of what was found.
    fn attribute(self) -> &'static str {
        match self {
            Self::Redrive => "redriveMessages",
            Self::Parked => "parkedMessages",
            Self::Notice => "notices",
            Self::Record => "failedRecords",
            Self::Deleted => "deletedObjects",
            Self::Rewritten => "rewrittenObjects",
        }
    }
}

impl Entry {
    /// How many of these were found, over all runs.
    pub(super) fn count(&self, find: Find) -> u64 {
        self.counts.get(find.attribute()).copied().unwrap_or_default()
    }

    fn new(row: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| row.get(name)?.as_s().ok();
        let time = |name: &str| Time::parse(text(name)?);
        let erased_at = time("erasedAt")?;
        let count = |find: Find| {
            let set = row.get(find.attribute())?.as_ss().ok()?;
            Some((find.attribute(), set.len() as u64))
        };
        Some(Self {
            pk: text("pk")?.clone(),
            erased_at,
            tombstone_at: time("tombstoneAt").unwrap_or(erased_at),
            last_run_at: time("lastRunAt"),
            complete: row.get("complete").and_then(|value| value.as_bool().ok()) == Some(&true),
            counts: Find::ALL.into_iter().filter_map(count).collect(),
        })
    }
}

impl Ledger<'_> {
    /// The entry of a person. `None` if the person was not erased.
    ///
    /// Fails when the ledger cannot be read.
    pub(super) async fn entry(&self, pk: &str) -> Result<Option<Entry>> {
        let answer = self
            .client
            .get_item()
            .table_name(self.name)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.refused("could not be read", "dynamodb:GetItem", &error))?;
        answer.item.map(|row| self.read(&row)).transpose()
    }

    /// All entries, by time.
    ///
    /// Fails when the ledger cannot be read.
    pub(super) async fn entries(&self) -> Result<Vec<Entry>> {
        let (mut entries, mut next) = (Vec::new(), None);
        loop {
            let scan = self.client.scan().table_name(self.name).consistent_read(true);
            let page = scan.set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| self.refused("could not be read", "dynamodb:Scan", &error))?;
            for row in page.items.unwrap_or_default() {
                entries.push(self.read(&row)?);
            }
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                entries.sort_by(|a, b| (a.erased_at, &a.pk).cmp(&(b.erased_at, &b.pk)));
                return Ok(entries);
            }
        }
    }

    /// Enters a person whose tombstone is there already.
    ///
    /// Fails when the ledger refuses.
    pub(super) async fn enter(&self, pk: &str, erased_at: Time) -> Result<()> {
        self.update(pk, |update| {
            update
                .update_expression(
                    "SET erasedAt = if_not_exists(erasedAt, :at), tombstoneAt = if_not_exists(tombstoneAt, :at)",
                )
                .expression_attribute_values(":at", AttributeValue::S(erased_at.to_string()))
        })
        .await
    }

    /// Notes what was found, before it is deleted. Of each name, only a digest is kept.
    ///
    /// Fails when the ledger refuses.
    pub(super) async fn note(&self, pk: &str, find: Find, names: &[String]) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let digests = names.iter().map(|name| shortened(name)).collect();
        self.update(pk, |update| {
            update
                .update_expression("ADD #found :found")
                .expression_attribute_names("#found", find.attribute())
                .expression_attribute_values(":found", AttributeValue::Ss(digests))
        })
        .await
    }

    /// Notes the end of a run.
    ///
    /// Fails when the ledger refuses.
    pub(super) async fn end_run(&self, pk: &str, at: Time, complete: bool) -> Result<()> {
        self.update(pk, |update| {
            update
                .update_expression("SET lastRunAt = :at, complete = :complete")
                .expression_attribute_values(":at", AttributeValue::S(at.to_string()))
                .expression_attribute_values(":complete", AttributeValue::Bool(complete))
        })
        .await
    }

    async fn update(
        &self,
        pk: &str,
        what: impl FnOnce(UpdateItemFluentBuilder) -> UpdateItemFluentBuilder,
    ) -> Result<()> {
        let key = AttributeValue::S(pk.to_owned());
        let update = self.client.update_item().table_name(self.name).key("pk", key);
        let updated = what(update).send().await;
        updated
            .map(drop)
            .map_err(|error| self.refused("could not be written", "dynamodb:UpdateItem", &error))
    }

    fn read(&self, row: &HashMap<String, AttributeValue>) -> Result<Entry> {
        Entry::new(row).with_context(|| {
            format!(
                "a row of {} has no `pk` or no valid `erasedAt`; it is no ledger of erased persons, or somebody changed it",
                self.name
            )
        })
    }

    fn refused<E, R>(&self, what: &str, permission: &str, error: &SdkError<E, R>) -> anyhow::Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let table = RefusingTable {
            kind: "ledger",
            name: self.name,
            options: "--stack, --ledger",
        };
        table.error(what, permission, error)
    }
}

/// A short digest of the name of a message or an object.
fn shortened(name: &str) -> String {
    let digest = digest(&SHA256, name.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(
        digest
            .as_ref()
            .iter()
            .take(DIGEST_BYTES)
            .copied()
            .collect::<Vec<_>>(),
    )
}

//! What a run is to do, after everything was looked up and nothing read yet.

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use user_events_backfill::{Segment, Selection};
use user_events_core::Category;
use user_events_local::clients::Clients;
use user_events_local::clock;

use super::folder::Asked;
use super::options::Options;
use super::publisher::Publisher;
use super::subscribed::Subscribed;
use super::subscriber::{Live, Subscriber};
use super::tables::UserTable;
use super::wanted::{Types, Where};
use crate::replay::{archives, from_start, is_fifo};
use crate::stack::STACK_OF_THE_DEMO;

/// A planned run.
pub(super) struct Plan<'a> {
    pub(super) options: &'a Options,
    pub(super) clients: Clients,
    pub(super) publisher: Publisher,
    pub(super) subscriber: Subscriber,
    pub(super) subscribed: Subscribed,
    /// The names of the categories.
    pub(super) categories: Vec<&'static str>,
    pub(super) filter: Option<Where>,
    pub(super) asked: Asked,
}

/// Looks everything up, and refuses what cannot be exact.
///
/// Fails with the reason and how to mend it.
pub(super) async fn make(options: &Options) -> Result<Plan<'_>> {
    let filter = options.filter.as_deref().map(Where::read).transpose()?;
    let types = Types::find(&options.types, &options.category)?;
    let clients = Clients::reach(options.endpoint.as_deref()).await?;
    let stack = options.stack.as_deref().unwrap_or(STACK_OF_THE_DEMO);
    let publisher = Publisher::find(&clients, stack, options.mapping.as_deref()).await?;
    let subscriber = Subscriber::find(&clients, &options.subscriber, options.queue.as_deref()).await?;
    let subscribed = Subscribed::read(&clients.sns, &publisher.topics, &subscriber.queue_arn).await?;
    let categories = subscribed.categories(
        &types.categories(&options.category),
        &subscriber.queue_arn,
        options.replay_since_start,
    )?;
    let mapping = options.mapping.as_deref().map(fingerprint).transpose()?;
    let asked = Asked {
        subscriber: options.subscriber.clone(),
        queue_url: subscriber.snapshot.url.clone(),
        publisher: stack.to_owned(),
        selection: Selection {
            categories: categories.iter().map(|&name| name.to_owned()).collect(),
            types: types.names,
            user: options.user.clone(),
            filter: filter.as_ref().map(|filter| filter.text.clone()),
        },
        segments: options.segments,
        mapping,
    };
    let plan = Plan {
        options,
        clients,
        publisher,
        subscriber,
        subscribed,
        categories,
        filter,
        asked,
    };
    if options.replay_since_start {
        plan.check_archives().await?;
    }
    Ok(plan)
}

impl Plan<'_> {
    /// Fails when the live queue is read already.
    pub(super) fn must_not_be_live(&self) -> Result<()> {
        ensure!(
            self.subscriber.live() != Live::On,
            "the live queue of {} is read already, so old state could overwrite new; deploy it with Live=off first. The live \
             queue then keeps what comes, for seven days",
            self.options.subscriber
        );
        Ok(())
    }

    /// The tables to read, with the categories that are wanted of each.
    pub(super) fn tables(&self) -> Vec<(&UserTable, Vec<&'static Category>)> {
        let tables = self.publisher.tables.iter();
        tables
            .map(|table| (table, table.snapshots(&self.categories)))
            .filter(|(_, categories)| !categories.is_empty())
            .collect()
    }

    /// The one user to read. In the native shape the rows of a user have a partition of their own, so only that one is read.
    pub(super) fn partition(&self) -> Option<&str> {
        self.options
            .user
            .as_deref()
            .filter(|_| self.publisher.mapping.is_none())
    }

    /// How many segments are read at the same time.
    pub(super) fn parallel(&self) -> usize {
        usize::try_from(self.options.segments).unwrap_or(usize::MAX)
    }

    /// The segments of all tables.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let of = match self.partition() {
            Some(_) => 1,
            None => self.options.segments,
        };
        let tables = self.tables();
        let segments = tables.iter().flat_map(|(table, _)| Segment::all(&table.name, of));
        segments.collect()
    }

    /// About how many rows the tables have: DynamoDB counts them every six hours. 0 if that is not known.
    pub(super) async fn expected_rows(&self) -> u64 {
        if self.partition().is_some() {
            return 0;
        }
        let mut rows = 0;
        for (table, _) in self.tables() {
            let describe = self.clients.dynamodb.describe_table().table_name(&table.name);
            let described = describe.send().await.ok().and_then(|answer| answer.table);
            let counted = described.and_then(|table| u64::try_from(table.item_count?).ok());
            rows += counted.unwrap_or_default();
        }
        rows
    }

    /// The topics of the categories.
    pub(super) fn topics(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let topic = |category: &&'static str| {
            let arn = self.publisher.topics.get(category)?;
            Some((*category, arn.as_str()))
        };
        self.categories.iter().filter_map(topic)
    }

    async fn check_archives(&self) -> Result<()> {
        let topics: Vec<_> = self.topics().map(|(_, arn)| arn).collect();
        ensure!(
            is_fifo(&self.subscriber.queue_arn),
            "--replay-since-start is for FIFO queues; subscribe the live queue first, and leave the option out"
        );
        let (since, _) = from_start(clock::now());
        archives(&self.clients.sns, &topics, since).await
    }
}

/// The SHA-256 of a mapping file: another mapping would make other events.
fn fingerprint(file: &str) -> Result<String> {
    let text =
        std::fs::read(file).with_context(|| format!("{file} cannot be read; name a file with --mapping"))?;
    let hash = digest(&SHA256, &text);
    Ok(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

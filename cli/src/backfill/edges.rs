//! The engine of a run with its edges: tables, queue, checkpoints and keys.

use std::sync::Arc;

use user_events_aws::{DataKeys, DynamoSubjectKeys, KmsKeys, Persons};
use user_events_backfill::aws::{AccountsTable, Partition, Scan, SnapshotQueue};
use user_events_backfill::{Accounts, Backfill, Checkpoints, Edges, Options, Run, Source, Table};
use user_events_local::clock;

use super::plan::Plan;

/// The engine of a run. Nothing happens yet.
pub(super) fn engine(plan: &Plan<'_>, run: Run, checkpoints: Arc<dyn Checkpoints>) -> Backfill {
    let (clients, publisher) = (&plan.clients, &plan.publisher);
    let source: Arc<dyn Source> = match plan.partition() {
        Some(user) => Arc::new(Partition::new(clients.dynamodb.clone(), user)),
        None => Arc::new(Scan::new(clients.dynamodb.clone())),
    };
    let tables = plan.tables().into_iter().map(|(table, categories)| Table {
        name: table.name.clone(),
        region: table.region.clone(),
        categories,
        source: Arc::clone(&source),
    });
    let accounts = publisher.accounts.as_ref().map(|table| {
        let table = AccountsTable::new(clients.dynamodb.clone(), table.name.clone());
        Arc::new(table) as Arc<dyn Accounts>
    });
    let persons = publisher.persons.as_ref().map(|keys| {
        let store = DynamoSubjectKeys::new(clients.dynamodb.clone(), keys.table.clone());
        // A dry run creates no key.
        if keys.seals && !plan.options.dry_run {
            Persons::sealing(store, &publisher.publication.source)
        } else {
            Persons::tombstones(store, &publisher.publication.source)
        }
    });
    let keys = KmsKeys::new(clients.kms.clone(), publisher.seal_key_arn.clone());
    let edges = Edges {
        tables: tables.collect(),
        queue: Arc::new(SnapshotQueue::new(
            clients.sqs.clone(),
            plan.subscriber.snapshot.url.clone(),
        )),
        checkpoints,
        keys: Arc::new(DataKeys::new(keys, publisher.key_limits)),
        accounts,
        persons,
        clock: Arc::new(clock::now),
    };
    let options = Options {
        rate: Some(plan.options.rate.get()),
        max_message_bytes: plan.subscriber.snapshot.max_message_bytes,
        dry_run: plan.options.dry_run,
        ..Options::default()
    };
    let backfill = Backfill::new(
        run,
        plan.asked.selection.clone(),
        publisher.publication.clone(),
        publisher.mapping.clone(),
        edges,
        options,
    );
    match &plan.filter {
        Some(filter) => backfill.with_filter(filter.filter.clone()),
        None => backfill,
    }
}

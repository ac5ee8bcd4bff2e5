//! The publisher and its topics: records become events, which go to every subscriber.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::to_raw_value;
use tokio::time::sleep;
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_nonce;
use user_events_core::pipeline::sealed_events;
use user_events_core::{RawRecord, SealedEnvelope};

use super::tables::Tables;
use crate::consumer::queue::{Random, SimulatedQueue};
use crate::support::{key_ring, publication};

pub(super) const TABLES: [&str; 4] = ["accounts", "profiles", "authentication", "access"];

/// The topics. Clones share them.
#[derive(Clone)]
pub(super) struct Topics {
    random: Random,
    subscriptions: Arc<Mutex<Subscriptions>>,
}

#[derive(Default)]
struct Subscriptions {
    late: Option<SimulatedQueue>,
    /// The events in the queue of the late subscriber.
    late_ids: BTreeSet<String>,
    /// What the other subscriber got: the ids, and the messages that are of a snapshot.
    other_ids: BTreeSet<String>,
    other_snapshots: u64,
}

impl Topics {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            subscriptions: Arc::default(),
        }
    }

    pub(super) fn subscribe(&self, queue: SimulatedQueue) {
        self.subscriptions.lock().unwrap().late = Some(queue);
    }

    pub(super) fn publish(&self, group: &str, id: &str, body: &str) {
        let mut subscriptions = self.subscriptions.lock().unwrap();
        subscriptions.other_ids.insert(id.to_owned());
        subscriptions.other_snapshots += u64::from(body.contains("snapshotrun"));
        let Some(late) = subscriptions.late.clone() else {
            return;
        };
        subscriptions.late_ids.insert(id.to_owned());
        late.send(group, body, true);
        if self.random.per_mille(40) {
            late.send(group, body, true);
        }
    }

    pub(super) fn late_ids(&self) -> BTreeSet<String> {
        self.subscriptions.lock().unwrap().late_ids.clone()
    }

    /// How many messages of a snapshot the other subscriber got.
    pub(super) fn other_snapshots(&self) -> u64 {
        self.subscriptions.lock().unwrap().other_snapshots
    }

    /// Publishes the changes of a table as they come, with a lag.
    pub(super) async fn follow(&self, tables: &Tables, table: &str) {
        loop {
            sleep(self.random.up_to(Duration::from_millis(300))).await;
            while let Some(record) = tables.next(table) {
                sleep(self.random.up_to(Duration::from_millis(40))).await;
                let json = to_raw_value(&record).unwrap();
                for event in events(&RawRecord::read(&json)) {
                    self.publish(&event.partition_key, &event.id, &event.body);
                }
                tables.settle(table);
            }
        }
    }
}

fn events(record: &RawRecord) -> Vec<SealedEnvelope> {
    let events = sealed_events(
        CATEGORIES,
        None,
        record,
        &publication(),
        |_| key_ring(),
        &mut sample_nonce,
    );
    events.unwrap().unwrap_or_default()
}

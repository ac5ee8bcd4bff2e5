//! A simulated process: the real publisher between simulated services.

use std::sync::Arc;

use anyhow::Result;
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_aws::{BatchResponse, Config, DataKeys, Limits, Publisher};
use user_events_catalog::CATEGORIES;

use super::kinds::{MAX_MESSAGE_BYTES, PARKED_MAX_BYTES};
use super::scenario::{DEADLINE_MARGIN, Scenario};
use super::services::Seen;
use super::world::World;
use crate::random::mix;

/// A process.
pub(super) struct Process {
    pub(super) number: u64,
    publisher: Publisher<Seen, Seen, Seen>,
}

impl Process {
    pub(super) fn start(scenario: &Scenario, world: &Arc<World>) -> Result<Self> {
        let config = Config::read(CATEGORIES, |name| match name {
            "MAX_MESSAGE_BYTES" => Some(MAX_MESSAGE_BYTES.to_string()),
            "PUBLISH_CONCURRENCY" => Some(scenario.publish_concurrency.to_string()),
            "DATA_KEY_MAX_MESSAGES" => Some(scenario.data_key_max_messages.to_string()),
            "LANE_BATCHING" => Some(if scenario.lane_batching { "on" } else { "off" }.to_owned()),
            "PARKED_MAX_BYTES" => Some(PARKED_MAX_BYTES.to_string()),
            "FAILURE_BUCKET" => Some("failures".to_owned()),
            "SUBJECT_KEYS_TABLE" => scenario.persons.as_ref().map(|_| "persons".to_owned()),
            "STREAM_ARNS" => None,
            name if name.contains("ARN") || name.contains("URL") => Some(format!("a {name}")),
            _ => None,
        })?;
        let number = world.next_process();
        let seen = Seen {
            world: Arc::clone(world),
            process: number,
        };
        let keys = DataKeys::new(seen.clone(), config.key_limits);
        let mut publisher = Publisher::new(CATEGORIES, config, seen.clone(), seen.clone(), keys);
        if scenario.persons.is_some() {
            publisher = publisher.with_subject_keys(seen);
        }
        Ok(Self {
            number,
            publisher: publisher.repeatable(mix(&[number])),
        })
    }

    /// The answer to an invocation that Lambda ends at the deadline; `None` if the invocation fails.
    pub(super) async fn handle(&self, records: &[&RawValue], deadline: Instant) -> Option<BatchResponse> {
        let handled = self
            .publisher
            .handle(records, Limits::new(deadline, DEADLINE_MARGIN))
            .await;
        handled.ok().map(|(response, _)| response)
    }
}

//! What a test makes a service of the stub do, in place of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

/// A service that the stub stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// `PublishBatch`
    Sns,
    /// `GenerateDataKey`
    Kms,
    /// `SendMessage`
    Sqs,
    /// `PutObject` and `GetObject`
    S3,
    /// `BatchGetItem` and `PutItem`
    DynamoDb,
}

/// How a service treats every call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// It answers as the scenario says: without one it accepts everything at once.
    #[default]
    Plain,
    /// The same, after this time.
    After(Duration),
    /// It refuses each call as a whole with this error code, such as `InvalidParameter` (the content is at fault) or
    /// `ServiceUnavailable` (the service is down).
    Fails(&'static str),
    /// SNS only: it refuses each entry, and says that the sender is not at fault.
    RefusesEntries,
    /// SNS only: it refuses each event this many times, and accepts it then. A call with no other events fails as a whole,
    /// with `ServiceUnavailable`; in any other call only their entries are refused, and the sender is not at fault.
    RefusesFirst(u32),
    /// It never answers.
    Silent,
}

/// How often the topic was sent each event, under [`Behaviour::RefusesFirst`].
#[derive(Debug, Default)]
pub(super) struct Attempts(BTreeMap<String, u32>);

impl Attempts {
    /// Counts an attempt of each event. Returns whether it is among the first `times` of that event.
    pub(super) fn are_early(&mut self, ids: &[String], times: u32) -> Vec<bool> {
        let count = |id: &String| {
            let attempts = self.0.entry(id.clone()).or_default();
            *attempts += 1;
            *attempts <= times
        };
        ids.iter().map(count).collect()
    }
}

/// The behaviour of every service.
#[derive(Debug, Default)]
pub(super) struct Behaviours(BTreeMap<Endpoint, Behaviour>);

impl Behaviours {
    pub(super) fn set(&mut self, endpoint: Endpoint, behaviour: Behaviour) {
        self.0.insert(endpoint, behaviour);
    }

    pub(super) fn of(&self, endpoint: Endpoint) -> Behaviour {
        self.0.get(&endpoint).copied().unwrap_or_default()
    }
}

//! What is known about the subscribers of a publisher. `None` is unknown, never a guess.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

/// A subscription to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscriber {
    /// The category of the topic.
    pub(super) category: &'static str,
    /// The account that owns the subscription, if it is not that of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// `sqs`, `lambda`, `https` and others.
    pub(super) protocol: String,
    /// The ARN that SNS delivers to, or scheme and host of a URL; absent if it is the address or number of a person.
    pub(super) endpoint: Option<String>,
    /// The filter policy; present only if the subscription has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<Filter>,
    /// Whether SNS delivers the event without wrapping it.
    pub(super) raw: Option<bool>,
    /// The event types that pass the filter.
    pub(super) receives: Option<Vec<String>>,
    /// The stack of the subscriber, if it was deployed with this project's template.
    pub(super) stack: Option<String>,
    /// The data classes that this stack grants.
    pub(super) classes: Option<Vec<String>>,
    /// Messages that wait in the queue.
    pub(super) waiting: Option<u64>,
    /// Messages that were received and not deleted yet.
    pub(super) in_flight: Option<u64>,
    /// The age of the oldest message that waits or is in flight, in seconds.
    pub(super) oldest_seconds: Option<u64>,
    /// Messages in the dead-letter queue of the queue.
    pub(super) dead_letters: Depth,
    /// Messages that SNS could not deliver, in the dead-letter queue of the subscription.
    pub(super) undelivered: Depth,
}

impl Subscriber {
    /// The ARN of the queue, if it is one.
    pub(super) fn queue_arn(&self) -> Option<&str> {
        self.endpoint.as_deref().filter(|_| self.protocol == "sqs")
    }
}

/// A filter policy, as SNS has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Filter {
    /// `MessageAttributes` or `MessageBody`.
    pub(super) scope: String,
    /// The policy, JSON.
    pub(super) policy: String,
}

/// How many messages a queue of failures holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Messages(u64),
    /// There is no such queue.
    NoQueue,
    Unknown,
}

impl Serialize for Depth {
    /// A number, `"none"` or `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Messages(messages) => serializer.serialize_u64(*messages),
            Self::NoQueue => serializer.serialize_str("none"),
            Self::Unknown => serializer.serialize_none(),
        }
    }
}

/// A principal that may decrypt data keys with the seal key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Decrypts {
    pub(super) principal: String,
    /// The classes in the condition; absent if it has none, so that every class can be decrypted.
    pub(super) classes: Option<Vec<String>>,
}

/// What could not be found out, each with the reason, once.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeSet<String>);

impl Notes {
    pub(super) fn add(&mut self, note: impl ToString) {
        self.0.insert(note.to_string());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The value; of an error, a note.
    pub(super) fn known<T>(&mut self, result: anyhow::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(format!("{error:#}"))).ok()
    }
}

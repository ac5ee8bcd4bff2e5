//! Where events go.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use user_events_core::{Outcome, SealedEnvelope};

use crate::edge::failure::Failure;

/// The snapshot queue of a subscriber: SQS, or a fake in a test.
pub trait Queue: Send + Sync {
    /// Sends messages: ten at most, and 1 MiB together. Returns the outcome of each, in their order.
    ///
    /// Fails when the call as a whole failed. Some messages may have arrived then.
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>>;
}

/// A message as it is sent, and sent again after a kill, byte for byte. Personal data in it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The event's id, which is also the FIFO deduplication id.
    pub id: String,
    /// The FIFO message group: the event's `partitionkey`.
    pub group: String,
    /// The CloudEvents document.
    pub body: String,
    /// The message attributes.
    pub attributes: Vec<MessageText>,
}

/// One message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageText {
    /// The name that filters use.
    pub name: String,
    /// `String`, `Number` or `String.Array`, as SNS names them.
    pub data_type: String,
    /// The value as text.
    pub value: String,
}

impl Message {
    /// The size that counts against the limits of the queue: the body, and the name, type and value of every attribute.
    pub fn bytes(&self) -> usize {
        let attribute = |text: &MessageText| text.name.len() + text.data_type.len() + text.value.len();
        self.body.len() + self.attributes.iter().map(attribute).sum::<usize>()
    }
}

impl From<SealedEnvelope> for Message {
    fn from(event: SealedEnvelope) -> Self {
        let attributes = event.attributes.into_iter().map(|attribute| MessageText {
            name: attribute.name.to_owned(),
            data_type: attribute.data_type.to_owned(),
            value: attribute.value,
        });
        Self {
            id: event.id,
            group: event.partition_key,
            body: event.body,
            attributes: attributes.collect(),
        }
    }
}

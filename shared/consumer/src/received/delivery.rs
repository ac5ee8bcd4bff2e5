//! The queue's data about one delivery.

/// The queue's data about one delivery of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The id that SQS gave the message. It stays the same when SQS delivers the message again; a message that is
    /// published again has another one.
    pub message_id: Option<String>,
    /// How often the message was received, including this time; at least 1.
    pub receive_count: Option<u32>,
    /// The message group. Messages of a standard queue can have one, too (*Amazon SQS fair queues*).
    pub group: Option<String>,
}

#[cfg(any(feature = "lambda", feature = "worker"))]
impl Delivery {
    pub(super) fn new(
        message_id: Option<String>,
        receive_count: Option<&String>,
        group: Option<&String>,
    ) -> Self {
        Self {
            message_id,
            receive_count: receive_count.and_then(|count| count.parse().ok()),
            group: group.cloned(),
        }
    }
}

//! Messages that are set aside: what is sent to the dead-letter queue, and the queue that takes it.

use std::collections::BTreeMap;
use std::fmt;

use super::QueueCall;

/// A dead-letter queue: SQS, or a fake in a test.
pub trait DeadLetters: Send + Sync {
    /// Sends a message that is set aside.
    ///
    /// Fails when the queue does not accept it. Then the message is delivered again.
    fn send(&self, letter: DeadLetter) -> QueueCall<'_>;
}

/// A message that no retry can help, for the dead-letter queue.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The body, as it was received.
    pub body: String,
    /// The message attributes, as they were received.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The id that SQS gave the message.
    pub message_id: String,
    /// The message group. `None` if the message has none, on a standard queue.
    pub group: Option<String>,
    /// Why the message is set aside: the attribute `setAsideReason`.
    pub reason: &'static str,
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// The data type: `String`, `Number` or `Binary`, with an optional label after a dot.
    pub data_type: String,
    /// The value.
    pub value: AttributeContent,
}

/// The content of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeContent {
    /// A string, or the digits of a number.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl DeadLetter {
    /// The name of the message attribute that says why the message was set aside.
    pub const REASON: &'static str = "setAsideReason";

    /// The deduplication id on a FIFO queue. It is the same when the message is set aside again, because it could not be
    /// deleted.
    pub fn deduplication_id(&self) -> String {
        format!("aside-{}", self.message_id)
    }
}

/// Prints neither the body nor the attributes.
impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("message_id", &self.message_id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "lambda")]
mod lambda {
    use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};

    use super::{AttributeContent, AttributeValue, DeadLetter};

    impl DeadLetter {
        /// A message of Lambda's SQS trigger, set aside for this reason.
        pub fn from_lambda(message: SqsMessage, reason: &'static str) -> Self {
            let attributes = message.message_attributes.into_iter();
            Self {
                body: message.body.unwrap_or_default(),
                attributes: attributes
                    .filter_map(|(name, attribute)| Some((name, value(attribute)?)))
                    .collect(),
                message_id: message.message_id.unwrap_or_default(),
                group: message.attributes.get("MessageGroupId").cloned(),
                reason,
            }
        }
    }

    /// `None` for an attribute without a value; SQS gives every attribute one.
    fn value(attribute: SqsMessageAttribute) -> Option<AttributeValue> {
        let text = attribute.string_value.map(AttributeContent::Text);
        let binary = || Some(AttributeContent::Binary(attribute.binary_value?.0));
        Some(AttributeValue {
            value: text.or_else(binary)?,
            data_type: attribute.data_type.unwrap_or_else(|| "String".to_owned()),
        })
    }
}

#[cfg(feature = "worker")]
mod sdk {
    use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName as System};

    use super::{AttributeContent, AttributeValue, DeadLetter};

    impl DeadLetter {
        /// A message of the SDK, set aside for this reason.
        pub fn from_sdk(message: Message, reason: &'static str) -> Self {
            let attributes = message.message_attributes.into_iter().flatten();
            let system = message.attributes.unwrap_or_default();
            Self {
                body: message.body.unwrap_or_default(),
                attributes: attributes
                    .filter_map(|(name, attribute)| Some((name, value(attribute)?)))
                    .collect(),
                message_id: message.message_id.unwrap_or_default(),
                group: system.get(&System::MessageGroupId).cloned(),
                reason,
            }
        }
    }

    /// `None` for an attribute without a value; SQS gives every attribute one.
    fn value(attribute: MessageAttributeValue) -> Option<AttributeValue> {
        let text = attribute.string_value.map(AttributeContent::Text);
        let binary = || Some(AttributeContent::Binary(attribute.binary_value?.into_inner()));
        Some(AttributeValue {
            value: text.or_else(binary)?,
            data_type: attribute.data_type,
        })
    }
}

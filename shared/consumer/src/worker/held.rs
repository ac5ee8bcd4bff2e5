//! Messages that a worker has received and neither deleted nor returned.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};

use crate::received::{ReceiveError, ReceivedEvent};

/// A message that this worker holds.
pub(super) struct Held {
    pub(super) receipt: String,
    pub(super) message_id: Option<String>,
    pub(super) receive_count: u32,
    pub(super) event: Result<ReceivedEvent, ReceiveError>,
}

impl Held {
    /// `None` if the message has no receipt and so can be neither deleted nor returned; SQS gives every message one.
    pub(super) fn from_message(message: Message) -> Option<Self> {
        let receipt = message.receipt_handle.clone()?;
        let counted = message.attributes.as_ref().and_then(|attributes| {
            let count = attributes.get(&System::ApproximateReceiveCount)?;
            count.parse().ok()
        });
        Some(Self {
            receipt,
            message_id: message.message_id.clone(),
            receive_count: counted.unwrap_or(1),
            event: ReceivedEvent::from_sdk(message),
        })
    }
}

/// The message group of a FIFO queue. Only messages of FIFO queues have a sequence number.
pub(super) fn fifo_group(message: &Message) -> Option<String> {
    let attributes = message.attributes.as_ref()?;
    attributes.get(&System::SequenceNumber)?;
    attributes.get(&System::MessageGroupId).cloned()
}

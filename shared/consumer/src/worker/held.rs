//! Messages that a worker has received and neither deleted nor returned.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};

use crate::log::Names;
use crate::received::{ReceiveError, ReceivedEvent};

/// A message that this worker holds.
pub(super) struct Held {
    pub(super) receipt: String,
    pub(super) receive_count: u32,
    pub(super) names: Names,
    pub(super) event: Result<ReceivedEvent, ReceiveError>,
    /// The message as it was received, for the dead-letter queue.
    pub(super) message: Message,
}

impl Held {
    /// `None` if the message has no receipt and so can be neither deleted nor returned; SQS gives every message one.
    pub(super) fn from_message(message: Message) -> Option<Self> {
        let receipt = message.receipt_handle.clone()?;
        let counted = message.attributes.as_ref().and_then(|attributes| {
            let count = attributes.get(&System::ApproximateReceiveCount)?;
            count.parse().ok()
        });
        let event = ReceivedEvent::from_sdk(message.clone());
        Some(Self {
            receipt,
            receive_count: counted.unwrap_or(1),
            names: Names::new(message.message_id.clone(), event.as_ref()),
            event,
            message,
        })
    }
}

/// The message group of a FIFO queue. Only messages of FIFO queues have a sequence number.
pub(super) fn fifo_group(message: &Message) -> Option<String> {
    let attributes = message.attributes.as_ref()?;
    attributes.get(&System::SequenceNumber)?;
    attributes.get(&System::MessageGroupId).cloned()
}

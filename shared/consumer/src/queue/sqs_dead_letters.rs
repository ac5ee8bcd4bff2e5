//! The dead-letter queue in SQS.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::dead_letters::{AttributeContent, AttributeValue, DeadLetter, DeadLetters};
use super::{QueueCall, QueueError};

/// A dead-letter queue in SQS. The consumer's role needs `sqs:SendMessage` on it, and `kms:GenerateDataKey` and
/// `kms:Decrypt` on its KMS key (Amazon SQS Developer Guide, *Key management*).
///
/// SQS refuses a message with more than ten attributes, so one that has ten already is not accepted.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    url: String,
}

impl SqsDeadLetters {
    /// The dead-letter queue at this URL, of the type of the queue in front of it.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        let url = url.into();
        Self { client, url }
    }

    async fn send_letter(&self, letter: DeadLetter) -> Result<(), QueueError> {
        let is_fifo = self.url.ends_with(".fifo");
        let deduplication_id = is_fifo.then(|| letter.deduplication_id());
        // A FIFO queue takes no message without a group.
        let group = letter.group.or_else(|| is_fifo.then_some(letter.message_id));
        let reason = AttributeValue {
            data_type: "String".to_owned(),
            value: AttributeContent::Text(letter.reason.to_owned()),
        };
        let mut call = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(letter.body)
            .set_message_group_id(group)
            .set_message_deduplication_id(deduplication_id)
            .message_attributes(DeadLetter::REASON, attribute(reason)?);
        for (name, value) in letter.attributes {
            // A redriven message has the reason of the last time.
            if name != DeadLetter::REASON {
                call = call.message_attributes(name, attribute(value)?);
            }
        }
        call.send().await.map(|_| ()).map_err(|error| QueueError {
            code: error.code().map(str::to_owned),
        })
    }
}

impl DeadLetters for SqsDeadLetters {
    fn send(&self, letter: DeadLetter) -> QueueCall<'_> {
        Box::pin(self.send_letter(letter))
    }
}

fn attribute(attribute: AttributeValue) -> Result<MessageAttributeValue, QueueError> {
    let built = MessageAttributeValue::builder().data_type(attribute.data_type);
    match attribute.value {
        AttributeContent::Text(text) => built.string_value(text),
        AttributeContent::Binary(bytes) => built.binary_value(Blob::new(bytes)),
    }
    .build()
    .map_err(|_| QueueError { code: None })
}

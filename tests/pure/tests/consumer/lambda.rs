//! Simulated messages in the form in which Lambda's SQS trigger delivers them.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::types::Message;

const QUEUE_ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:simulated";

/// The event of an invocation.
pub(crate) fn batch(messages: &[Message], fifo: bool) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages
        .iter()
        .map(|message| {
            let mut record = SqsMessage::default();
            record.message_id = message.message_id.clone();
            record.receipt_handle = message.receipt_handle.clone();
            record.body = message.body.clone();
            record.event_source_arn = Some(format!("{QUEUE_ARN}{}", if fifo { ".fifo" } else { "" }));
            let attributes = message.attributes.iter().flatten();
            record.attributes = attributes
                .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
                .collect();
            record
        })
        .collect();
    event
}

/// The receipts of the messages that an answer does not report. Lambda deletes these messages.
pub(crate) fn unreported(messages: &[Message], response: &SqsBatchResponse) -> Vec<String> {
    let reported: BTreeSet<&str> = response
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect();
    messages
        .iter()
        .filter(|message| !reported.contains(message.message_id().unwrap_or_default()))
        .filter_map(|message| message.receipt_handle.clone())
        .collect()
}

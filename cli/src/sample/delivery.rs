//! Wraps an event as SNS, SQS and Lambda deliver it (Amazon SNS Developer Guide, *Raw message delivery*; Amazon SQS API
//! Reference, *Message*; AWS Lambda Developer Guide, *Using Lambda with Amazon SQS*). The identifiers of SNS and SQS are made
//! up. The digests that SQS adds are left out.

use serde_json::{Map, Value, json};
use user_events_core::{MessageAttribute, SealedEnvelope};

const MESSAGE_ID: &str = "3f1c7f0e-5d0a-4c53-9c4f-6a8b4c1d2e3f";
const SEQUENCE_NUMBER: &str = "18850000000000000001";
const RECEIPT_HANDLE: &str = "a-receipt-handle";
const SENT: &str = "2026-03-01T12:10:00.500Z";
const SENT_MILLISECONDS: &str = "1772367000500";
const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "123456789012";

/// The SNS notification around the event: the body of the SQS message without raw delivery.
pub(super) fn notification(event: &SealedEnvelope, category: &str) -> Value {
    let topic_arn = format!("arn:aws:sns:{REGION}:{ACCOUNT}:user-events-dev-{category}.fifo");
    json!({
        "Type": "Notification",
        "MessageId": MESSAGE_ID,
        "SequenceNumber": SEQUENCE_NUMBER,
        "TopicArn": topic_arn,
        "Message": event.body,
        "Timestamp": SENT,
        "UnsubscribeURL": format!(
            "https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={topic_arn}:{MESSAGE_ID}"
        ),
        "MessageAttributes": attributes(event, |one| json!({ "Type": one.data_type, "Value": one.value })),
    })
}

/// The response of `ReceiveMessage` when all attributes are requested.
pub(super) fn sqs(event: &SealedEnvelope) -> Value {
    json!({
        "Messages": [{
            "MessageId": MESSAGE_ID,
            "ReceiptHandle": RECEIPT_HANDLE,
            "Body": event.body,
            "Attributes": system(event),
            "MessageAttributes":
                attributes(event, |one| json!({ "StringValue": one.value, "DataType": one.data_type })),
        }],
    })
}

/// The input of a Lambda function that reads the queue.
pub(super) fn lambda(event: &SealedEnvelope, category: &str) -> Value {
    let attribute = |one: &MessageAttribute| {
        json!({
            "stringValue": one.value,
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": one.data_type,
        })
    };
    json!({
        "Records": [{
            "messageId": MESSAGE_ID,
            "receiptHandle": RECEIPT_HANDLE,
            "body": event.body,
            "attributes": system(event),
            "messageAttributes": attributes(event, attribute),
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:consumer-{category}.fifo"),
            "awsRegion": REGION,
        }],
    })
}

fn system(event: &SealedEnvelope) -> Value {
    json!({
        "ApproximateReceiveCount": "1",
        "SentTimestamp": SENT_MILLISECONDS,
        "SequenceNumber": SEQUENCE_NUMBER,
        "MessageGroupId": event.partition_key,
        "MessageDeduplicationId": event.id,
        "ApproximateFirstReceiveTimestamp": SENT_MILLISECONDS,
    })
}

fn attributes(event: &SealedEnvelope, value: impl Fn(&MessageAttribute) -> Value) -> Map<String, Value> {
    let attributes = event.attributes.iter();
    attributes.map(|one| (one.name.to_owned(), value(one))).collect()
}

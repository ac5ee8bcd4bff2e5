//! A sample event as a message that is marked as a test.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::Value;
use user_events_core::{Registration, SealedEnvelope};

use crate::sample::record;

/// The message attribute that marks a test (docs/reading.md, *From a message to an event*).
const TEST: (&str, &str) = ("test", "true");

/// A message with a sample event.
pub(super) struct TestMessage {
    pub(super) event: SealedEnvelope,
}

impl TestMessage {
    /// The sample event with an ID of its own. `place`, the milliseconds since 1970, becomes its sequence: it rises from
    /// one test to the next, and is far below the sequence of every real event, so that a test makes no real event stale. An
    /// event of a snapshot has a run of its own instead.
    ///
    /// Fails when the event is not about a user, but a user is given, and when the ID is not valid.
    pub(super) fn new(registration: &Registration, user: Option<&str>, place: i64) -> Result<Self> {
        if registration.is_of_snapshot() {
            let run = format!("test-{:032x}", fastrand::u128(..));
            let event = record::snapshot(registration, user, &run)?;
            return Ok(Self { event });
        }
        let mut record = match user {
            Some(user) => record::for_user(registration, user)?,
            None => registration.sample_change().record(),
        };
        record["eventID"] = Value::from(format!("{:032x}", fastrand::u128(..)));
        record["dynamodb"]["SequenceNumber"] = Value::from(place.to_string());
        let event = record::published(&record, registration.event_type().as_str())?;
        Ok(Self { event })
    }

    /// The subject of the event.
    pub(super) fn subject(&self) -> Result<String> {
        let document: Value = serde_json::from_str(&self.event.body)?;
        let subject = document["subject"].as_str();
        subject.map(str::to_owned).context("the event has no subject")
    }

    /// The message attributes: those of the event, and the mark.
    pub(super) fn attributes(&self) -> Result<HashMap<String, MessageAttributeValue>> {
        let usual = self.event.attributes.iter();
        let usual = usual.map(|one| (one.name, one.data_type, one.value.as_str()));
        let marked = usual.chain([(TEST.0, "String", TEST.1)]);
        let attribute = |(name, data_type, value): (&str, &str, &str)| {
            let attribute = MessageAttributeValue::builder()
                .data_type(data_type)
                .string_value(value);
            Ok((name.to_owned(), attribute.build()?))
        };
        marked.map(attribute).collect()
    }
}

#[cfg(test)]
mod tests {
    use user_events_catalog::all_registrations;

    use super::*;
    use crate::names;

    fn message(name: &str, user: Option<&str>, place: i64) -> (TestMessage, Value) {
        let (_, registration) = names::event(name).unwrap();
        let message = TestMessage::new(registration, user, place).unwrap();
        let document = serde_json::from_str(&message.event.body).unwrap();
        (message, document)
    }

    #[test]
    fn every_event_can_be_sent_and_is_marked_next_to_its_usual_attributes() {
        for (_, registration) in all_registrations() {
            let message = TestMessage::new(registration, None, 1).unwrap();
            let attributes = message.attributes().unwrap();
            let text = |name: &str| attributes[name].string_value().unwrap();
            assert_eq!(text("test"), "true");
            assert_eq!(attributes["test"].data_type(), "String");
            assert_eq!(text("eventType"), registration.event_type().as_str());
            // Amazon SQS Developer Guide, *Message metadata*.
            assert!(attributes.len() <= 10, "{}", registration.event_type());
        }
    }

    #[test]
    fn each_message_is_an_event_of_its_own_after_the_one_before() {
        let (first, of_first) = message("UserRegistered", Some("42"), 1_795_000_000_000);
        let (second, of_second) = message("UserRegistered", Some("42"), 1_795_000_000_001);
        assert_ne!(first.event.id, second.event.id);
        assert_eq!(first.event.partition_key, "users/42");
        assert_eq!(second.subject().unwrap(), "users/42");
        let sequence = |document: &Value| document["sequence"].as_str().unwrap().to_owned();
        assert_eq!(sequence(&of_first), format!("{:040}.0000", 1_795_000_000_000_u64));
        assert!(sequence(&of_first) < sequence(&of_second));
    }

    #[test]
    fn a_test_never_makes_a_real_event_stale() {
        let (_, document) = message("UserDeleted", None, i64::MAX);
        // The sequence number of a stream record (Amazon DynamoDB Streams API Reference, *StreamRecord*): 21 to 40 digits.
        let least_real = format!("{:0>40}.0000", 10_u128.pow(20));
        assert!(document["sequence"].as_str().unwrap() < least_real.as_str());
    }
}

//! A parked record is published once after a redrive, with the id it would have had.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_aws::{
    BatchResponse, Config, DataKeys, Failures, FetchFailed, Limits, Publisher, QueueMessage, Redrive, Report,
    queue_messages,
};
use user_events_catalog::CATEGORIES;
use user_events_core::{FailureObject, Outcome};
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics, rows};

use crate::support::{kept, sealed_events};

/// A failure bucket with one object.
struct OneObject(Option<String>);

impl Failures for OneObject {
    async fn fetch(&self, object: &FailureObject) -> Result<String, FetchFailed> {
        assert_eq!(object.bucket, "failures");
        self.0.clone().ok_or(FetchFailed)
    }
}

struct World {
    redrive: Redrive<ScriptedTopics, MemoryParking, FixedKeys, OneObject>,
    topics: ScriptedTopics,
    parking: MemoryParking,
}

/// The streams of the deployment. Their labels are older than those of the records: a stream was switched off and on.
fn own_streams() -> String {
    ["accounts", "access"]
        .map(|table| {
            format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2025-01-01T00:00:00.000")
        })
        .join(",")
}

fn world(object: Option<String>) -> World {
    world_with(&[], object)
}

fn world_with(variables: &[(&str, &str)], object: Option<String>) -> World {
    let config = Config::read_redrive(CATEGORIES, |name| {
        let given = variables.iter().find(|(key, _)| *key == name);
        let given = given.map(|(_, value)| (*value).to_owned());
        let given = given.or_else(|| (name == "STREAM_ARNS").then(own_streams));
        given.or_else(|| (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")))
    })
    .unwrap();
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let keys = DataKeys::new(keys, config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking.clone(), keys);
    World {
        redrive: Redrive::new(publisher, OneObject(object)),
        topics,
        parking,
    }
}

impl World {
    async fn handle(&self, bodies: &[String]) -> (BatchResponse, Report) {
        let messages: Vec<_> = (1..)
            .zip(bodies)
            .map(|(number, body)| QueueMessage {
                message_id: format!("m-{number}"),
                body: body.clone(),
            })
            .collect();
        self.redrive
            .handle(
                &messages,
                Limits::new(
                    Instant::now() + Duration::from_secs(10),
                    Duration::from_millis(1_500),
                ),
            )
            .await
    }

    /// The ids and `replay` attributes of the accepted events.
    fn accepted(&self) -> Vec<(String, Option<String>)> {
        let replay = |event: &user_events_core::SealedEnvelope| {
            event
                .attributes
                .iter()
                .find(|attribute| attribute.name == "replay")
                .map(|attribute| attribute.value.clone())
        };
        self.topics
            .accepted()
            .iter()
            .map(|event| (event.id.clone(), replay(event)))
            .collect()
    }
}

/// The message that parks a record.
fn parked(record: &Record) -> String {
    let reason = user_events_core::Error::new(user_events_core::Code::RefusedByTopic, "refused");
    user_events_core::parked_message(
        &user_events_core::RawRecord::read(&record.raw()),
        &reason,
        user_events_core::Time::UNIX_EPOCH,
    )
    .unwrap()
}

fn registration(user: &str, place: u64) -> Record {
    Record::inserted("accounts", &rows::account(user)).at(place)
}

fn ids(records: &[&Record]) -> Vec<(String, Option<String>)> {
    let events = records.iter().flat_map(|record| sealed_events(record).unwrap());
    events.map(|event| (event.id, Some("true".to_owned()))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_parked_record_is_published_under_the_id_it_would_have_had_and_marked() {
    let world = world(None);
    let record = registration("a", 1);
    let (response, report) = world.handle(&[parked(&record)]).await;
    assert_eq!(response.failed().count(), 0);
    assert_eq!(world.accepted(), ids(&[&record]));
    assert_eq!((report.records, report.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_thin_events_redrives_thin_ones() {
    let thin = [
        ("DETAIL", "thin"),
        ("CALLBACK_BASE_URL", "https://users.example.com"),
    ];
    let world = world_with(&thin, None);
    let record = registration("a", 1);
    let (response, _) = world.handle(&[parked(&record)]).await;
    assert_eq!(response.failed().count(), 0);
    assert_eq!(
        world.accepted(),
        ids(&[&record]),
        "the id does not depend on the detail of the event"
    );
    let body: Value = serde_json::from_str(&world.topics.accepted()[0].body).unwrap();
    let members: Vec<_> = body["data"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["userId", "registeredAt", "version", "callback"]);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_parked_record_is_published_after_its_cause_is_fixed() {
    let good = registration("a", 1);
    let mended = |record: &Record| ids(&[record]);
    for broken in [
        good.clone().with("/dynamodb/NewImage/email", json!({ "X": "?" })),
        good.clone().with("/dynamodb/NewImage/email", Value::Null),
        good.clone()
            .with("/dynamodb/NewImage/emailVerified", json!({ "S": "yes" })),
        good.clone()
            .with("/dynamodb/NewImage/email", json!({ "B": "AAAA" })),
        good.clone()
            .with("/dynamodb/ApproximateCreationDateTime", json!(0)),
        good.clone().with("/dynamodb/StreamViewType", json!("KEYS_ONLY")),
    ] {
        let world = world(None);
        let (response, _) = world.handle(&[parked(&broken)]).await;
        assert_eq!(
            response.failed().count(),
            0,
            "parked again, so its message is settled"
        );
        let again = world.parking.messages();
        assert_eq!((world.accepted().len(), again.len()), (0, 1));
        let again: Value = serde_json::from_str(&again[0]).unwrap();
        assert!(
            again["reason"]["message"]
                .as_str()
                .unwrap()
                .starts_with("redriven and parked again: "),
            "{again}"
        );
        assert_eq!(again["record"], kept(&broken).unwrap());
        world.handle(&[parked(&good)]).await;
        assert_eq!(world.accepted(), mended(&good));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_parked_again_and_again_keeps_the_time_at_which_it_was_parked_first() {
    let world = world(None);
    let broken = registration("a", 1).with("/dynamodb/NewImage/email", Value::Null);
    let mut message = parked(&broken);
    for _ in 0..2 {
        world.handle(&[message]).await;
        message = world.parking.messages().last().unwrap().clone();
        let again: Value = serde_json::from_str(&message).unwrap();
        assert_eq!(again["firstParkedAt"], "1970-01-01T00:00:00.000Z", "{again}");
        assert_ne!(again["parkedAt"], again["firstParkedAt"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_too_large_for_the_queue_keeps_that_time_in_the_bucket_too() {
    let broken = registration("a", 1).with("/dynamodb/NewImage/email", Value::Null);
    let reason = user_events_core::Error::new(user_events_core::Code::RowDoesNotFit, "it does not fit");
    let json = broken.raw();
    let raw = user_events_core::RawRecord::read(&json);
    let stored = user_events_core::stored_record(&raw, &reason, user_events_core::Time::UNIX_EPOCH).unwrap();
    let world = world(Some(stored));
    let notice = json!({ "Records": [{ "s3": { "bucket": { "name": "failures" }, "object": { "key": "parked%2F1" } } }] });
    world.handle(&[notice.to_string()]).await;
    let again: Value = serde_json::from_str(&world.parking.messages()[0]).unwrap();
    assert_eq!(again["firstParkedAt"], "1970-01-01T00:00:00.000Z", "{again}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_the_topic_refused_is_published_when_the_topic_accepts_it() {
    let world = world(None);
    let record = registration("a", 1);
    world.topics.then_all(Outcome::Rejected);
    world.handle(&[parked(&record)]).await;
    assert!(world.accepted().is_empty());
    world.handle(&world.parking.messages()).await;
    assert_eq!(world.accepted(), ids(&[&record]));
}

#[tokio::test(start_paused = true)]
async fn the_records_of_an_invocation_that_lambda_gave_up_come_back_in_order() {
    let records = [registration("a", 1), registration("b", 2)];
    let event = json!({ "Records": records.iter().map(Record::json).collect::<Vec<_>>() });
    let object =
        json!({ "requestContext": { "condition": "RetryAttemptsExhausted" }, "payload": event.to_string() });
    let world = world(Some(object.to_string()));
    let notice = json!({ "Records": [{ "s3": { "bucket": { "name": "failures" }, "object": { "key": "aws%2Flambda%2F1" } } }] });
    let (response, report) = world.handle(&[notice.to_string()]).await;
    assert_eq!((response.failed().count(), report.records), (0, 2));
    assert_eq!(world.accepted(), ids(&[&records[0], &records[1]]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_settled_stays_in_the_queue_and_nothing_else_does() {
    let world = world(None);
    let notice = r#"{"Records":[{"s3":{"bucket":{"name":"failures"},"object":{"key":"gone"}}}]}"#.to_owned();
    let announcement = r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#.to_owned();
    let good = registration("a", 1);
    let (response, _) = world
        .handle(&["hello".to_owned(), notice, announcement, parked(&good)])
        .await;
    assert_eq!(response.failed().collect::<Vec<_>>(), ["m-1", "m-2"]);
    assert_eq!(world.accepted(), ids(&[&good]));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_can_neither_be_published_nor_parked_stays_in_the_queue() {
    let world = world(None);
    world.parking.set_down(true);
    let broken = registration("a", 1).with("/dynamodb/NewImage/email", Value::Null);
    let (response, _) = world.handle(&[parked(&broken)]).await;
    assert_eq!(response.failed().collect::<Vec<_>>(), ["m-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_table_is_refused_and_its_message_stays() {
    let world = world(None);
    let own = registration("a", 1);
    let foreign = [
        "arn:aws:dynamodb:eu-west-1:666666666666:table/mallorys-own-table/stream/2026-01-01T00:00:00.000",
        "arn:aws:dynamodb:eu-west-1:666666666666:table/accounts/stream/2026-01-01T00:00:00.000",
        "arn:aws:dynamodb:us-east-1:123456789012:table/accounts/stream/2026-01-01T00:00:00.000",
    ];
    let mut bodies: Vec<_> = foreign
        .iter()
        .map(|arn| parked(&registration("victim", 9).with("/eventSourceARN", json!(arn))))
        .collect();
    bodies.push(parked(&own));
    let (response, report) = world.handle(&bodies).await;
    assert_eq!(response.failed().collect::<Vec<_>>(), ["m-1", "m-2", "m-3"]);
    assert_eq!(report.foreign, 3);
    assert_eq!(world.accepted(), ids(&[&own]));
    assert!(world.parking.messages().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_a_batch_are_one_run_in_the_order_of_the_stream() {
    let world = world(None);
    let row = |email: &str| rows::with(rows::account("a"), json!({ "email": email }));
    let changes: Vec<_> = (1..=3)
        .map(|place| {
            let (old, new) = (
                format!("{place}@example.com"),
                format!("{}@example.com", place + 1),
            );
            Record::modified("accounts", &row(&old), &row(&new)).at(place)
        })
        .collect();
    let bodies = [
        parked(&changes[2]),
        parked(&changes[0]),
        parked(&changes[1]),
        parked(&changes[0]),
    ];
    let (response, _) = world.handle(&bodies).await;
    assert_eq!(response.failed().count(), 0);
    assert_eq!(world.accepted(), ids(&[&changes[0], &changes[1], &changes[2]]));
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_record_that_is_not_settled_keeps_its_message() {
    let world = world(None);
    world.parking.set_down(true);
    let broken = registration("a", 1).with("/dynamodb/NewImage/email", Value::Null);
    let (response, _) = world.handle(&[parked(&broken), parked(&broken)]).await;
    assert_eq!(response.failed().collect::<Vec<_>>(), ["m-1", "m-2"]);
}

#[test]
fn the_payload_of_a_queue_is_read_and_another_is_refused() {
    let read =
        |json: &str| queue_messages(&serde_json::from_str::<Box<serde_json::value::RawValue>>(json).unwrap());
    let messages = read(r#"{"Records":[{"messageId":"1","body":"b","attributes":{}}]}"#).unwrap();
    assert_eq!(
        (messages[0].message_id.as_str(), messages[0].body.as_str()),
        ("1", "b")
    );
    assert!(read(r#"{"Records":[{"dynamodb":{}}]}"#).is_err());
}

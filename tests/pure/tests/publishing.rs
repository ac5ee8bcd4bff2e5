//! The handler with fake AWS services and a clock that jumps: what it publishes, in which order, and what it reports.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_aws::{BatchResponse, Config, DataKeys, Limits, Publisher, Report};
use user_events_catalog::CATEGORIES;
use user_events_core::{
    Lanes, Lock, MAX_ENTRIES, NotSealed, Outcome, Publication, RawRecord, Step, pipeline,
};
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics, rows};

use crate::support::kept;

/// A publisher of all categories with fakes around it.
struct World {
    publisher: Publisher<ScriptedTopics, MemoryParking, FixedKeys>,
    topics: ScriptedTopics,
    parking: MemoryParking,
    keys: FixedKeys,
}

fn world(variables: &[(&str, &str)]) -> World {
    let config = Config::read(CATEGORIES, |name| {
        let given = variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")))
    });
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let data_keys = DataKeys::new(keys.clone(), config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking.clone(), data_keys);
    World {
        publisher,
        topics,
        parking,
        keys,
    }
}

/// The limits of an invocation that Lambda ends after this time.
fn within(time: Duration) -> Limits {
    Limits::new(Instant::now() + time, Duration::from_millis(1_500))
}

impl World {
    async fn handle(&self, records: &[Record]) -> (BatchResponse, Report) {
        self.handle_within(records, Duration::from_secs(10)).await
    }

    async fn handle_within(&self, records: &[Record], time: Duration) -> (BatchResponse, Report) {
        let raw: Vec<_> = records.iter().map(Record::raw).collect();
        let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
        match self.publisher.handle(&raw, within(time)).await {
            Ok(answer) => answer,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The subjects of the accepted events, in order of acceptance.
    fn accepted(&self) -> Vec<String> {
        self.topics
            .accepted()
            .iter()
            .map(|event| event.partition_key.clone())
            .collect()
    }

    fn parked_codes(&self) -> Vec<String> {
        let code = |message: &String| {
            let message: Value = serde_json::from_str(message).unwrap_or_default();
            message["reason"]["code"].as_str().unwrap_or_default().to_owned()
        };
        self.parking.messages().iter().map(code).collect()
    }
}

/// A registration at this place in the stream.
fn registration(user: &str, place: u64) -> Record {
    Record::inserted("accounts", &rows::account(user)).at(place)
}

/// A change of the e-mail address at this place in the stream.
fn email_change(user: &str, place: u64) -> Record {
    let old = rows::account(user);
    let new = rows::with(old.clone(), json!({ "email": format!("at-{place}@example.com") }));
    Record::modified("accounts", &old, &new).at(place)
}

fn sequence_number(record: &Record) -> Option<&str> {
    record.json()["dynamodb"]["SequenceNumber"].as_str()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_users_are_ten_calls_and_nothing_is_reported() {
    let world = world(&[]);
    let records: Vec<_> = (0..100).map(|n| registration(&format!("user-{n}"), n)).collect();
    let (response, report) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.topics.calls().len(), 10);
    assert!(world.topics.calls().iter().all(|call| call.len() == MAX_ENTRIES));
    assert_eq!(
        (report.records, report.events, report.accepted, report.unsettled),
        (100, 100, 100, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_users_events_are_published_one_after_the_other_in_stream_order() {
    let world = world(&[]);
    let records: Vec<_> = (0..30)
        .map(|n| email_change(&format!("user-{}", n % 3), n))
        .collect();
    world.handle(&records).await;
    for call in world.topics.calls() {
        let mut lanes: Vec<_> = call.iter().map(|event| &event.partition_key).collect();
        lanes.dedup();
        assert_eq!(lanes.len(), call.len(), "no call holds two events of one user");
    }
    let mut last = std::collections::HashMap::new();
    for event in world.topics.accepted() {
        let document: Value = serde_json::from_str(&event.body).unwrap();
        let sequence = document["sequence"].as_str().unwrap().to_owned();
        if let Some(before) = last.insert(event.partition_key, sequence.clone()) {
            assert!(before < sequence);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_bad_record_parks_alone_and_the_others_are_published() {
    let world = world(&[("MAX_MESSAGE_BYTES", "20000")]);
    let good = registration("good", 0);
    let row = rows::account("bad");
    let bad = [
        (
            registration("bad", 1).with("/dynamodb/NewImage/email", json!({ "X": "?" })),
            "undecodable-record",
        ),
        (
            Record::inserted("accounts", &rows::with(row.clone(), json!({ "email": null }))).at(2),
            "row-does-not-fit",
        ),
        (
            Record::inserted("accounts", &rows::with(row.clone(), json!({ "email": 7 }))).at(3),
            "row-does-not-fit",
        ),
        (
            registration("bad", 4).with("/dynamodb/NewImage/email", json!({ "B": "AAAA" })),
            "row-does-not-fit",
        ),
        (
            registration("bad", 5).with("/dynamodb/ApproximateCreationDateTime", json!(0)),
            "implausible-time",
        ),
        (
            registration("bad", 6).with("/dynamodb/StreamViewType", json!("NEW_IMAGE")),
            "wrong-view-type",
        ),
        (
            Record::inserted(
                "accounts",
                &rows::with(row, json!({ "email": "x".repeat(20_000) })),
            )
            .at(7),
            "event-too-large",
        ),
    ];
    let mut records = vec![good];
    records.extend(bad.iter().map(|(record, _)| record.clone()));
    records.push(registration("also good", 8));
    let (response, report) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(report.parked, 7);
    assert_eq!(world.accepted().len(), 2);
    assert_eq!(
        world.parked_codes(),
        bad.iter().map(|(_, code)| (*code).to_owned()).collect::<Vec<_>>()
    );
    for (message, (record, _)) in world.parking.messages().iter().zip(&bad) {
        let message: Value = serde_json::from_str(message).unwrap();
        assert_eq!(message["record"], kept(record).unwrap());
        let is_whole = &message["record"] == record.json();
        assert_eq!(message["kept"], if is_whole { "whole" } else { "known" });
        assert!(is_whole || !message["record"].to_string().contains("passwordHash"));
        assert_eq!(
            message["source"]["sequenceNumber"].as_str(),
            sequence_number(record)
        );
        assert_eq!(message["source"]["eventID"], record.json()["eventID"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_entry_parks_its_record_and_its_users_next_event_follows() {
    let world = world(&[]);
    world.topics.then(|batch| {
        batch
            .entries()
            .iter()
            .map(|entry| {
                if entry.record == 0 {
                    Outcome::Rejected
                } else {
                    Outcome::Accepted
                }
            })
            .collect()
    });
    let records = [email_change("a", 0), email_change("a", 1), email_change("b", 2)];
    let (response, _) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.parked_codes(), ["refused-by-topic"]);
    assert_eq!(world.accepted(), ["users/b", "users/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_retryable_entry_is_sent_again_before_anything_later_of_its_user() {
    let world = world(&[]);
    world.topics.then_all(Outcome::Retryable);
    world.topics.then_all(Outcome::Retryable);
    let (response, report) = world.handle(&[email_change("a", 0), email_change("a", 1)]).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(report.retried, 2);
    let places: Vec<_> = world
        .topics
        .calls()
        .iter()
        .map(|call| call[0].body.contains("0000.00"))
        .collect();
    assert_eq!(places.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn silence_about_an_entry_is_a_refusal_that_may_pass() {
    let world = world(&[]);
    world.topics.then(|_| Vec::new());
    let (response, report) = world.handle(&[registration("a", 0), registration("b", 1)]).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!((report.retried, report.accepted), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_the_first_unsettled_record_is_reported_and_its_lane_stops() {
    let world = world(&[]);
    for _ in 0..1_000 {
        world.topics.then(|batch| {
            let outcome = |lane: &str| {
                if lane == "users/a" {
                    Outcome::Retryable
                } else {
                    Outcome::Accepted
                }
            };
            batch
                .entries()
                .iter()
                .map(|entry| outcome(&entry.event.partition_key))
                .collect()
        });
    }
    let records = [
        registration("b", 0),
        email_change("a", 1),
        email_change("a", 2),
        registration("c", 3),
    ];
    let start = Instant::now();
    let (response, report) = world.handle_within(&records, Duration::from_secs(3)).await;
    assert!(start.elapsed() <= Duration::from_secs(3));
    assert_eq!(response.first_unsettled(), sequence_number(&records[1]));
    assert_eq!(report.unsettled, 2);
    assert_eq!(world.accepted(), ["users/b", "users/c"]);
    let second = |event: &user_events_core::SealedEnvelope| event.body.contains("at-2@example.com");
    assert!(!world.topics.calls().iter().flatten().any(second));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_answers_is_left_at_the_deadline() {
    struct Silent;
    impl user_events_aws::Topics for Silent {
        async fn publish(&self, _: &user_events_core::Batch) -> Vec<Outcome> {
            std::future::pending().await
        }
    }
    let World { keys, parking, .. } = world(&[]);
    let config = Config::read(CATEGORIES, |name| {
        name.contains('_')
            .then(String::new)
            .map(|_| "x".to_owned())
            .filter(|_| name.contains("ARN") || name.contains("QUEUE"))
    });
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let data_keys = DataKeys::new(keys, config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, Silent, parking, data_keys);
    let record = registration("a", 0);
    let raw = record.raw();
    let (response, _) = publisher
        .handle(&[&raw], within(Duration::from_secs(2)))
        .await
        .unwrap();
    assert_eq!(response.first_unsettled(), sequence_number(&record));
}

#[tokio::test(start_paused = true)]
async fn a_redelivered_record_is_settled_without_being_sent_again() {
    let world = world(&[]);
    let records = [registration("a", 0), registration("b", 1)];
    world.handle(&records).await;
    let (response, report) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(report.remembered, 2);
    assert_eq!(world.accepted().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_data_key_the_record_waits_and_what_needs_none_goes_on() {
    let world = world(&[]);
    world.keys.set_down(true);
    let mfa = Record::inserted("authentication", &rows::mfa("b")).at(1);
    let records = [registration("a", 0), mfa];
    let (response, _) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), sequence_number(&records[0]));
    assert_eq!(world.accepted(), ["users/b"]);
    assert!(world.parking.messages().is_empty());
    world.keys.set_down(false);
    let (response, _) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.accepted(), ["users/b", "users/a"]);
}

#[test]
fn a_lane_waits_for_its_key_and_stops_where_nothing_can_be_sealed_for_now() {
    let mut lanes = Lanes::new(262_144, false);
    for place in 0..2 {
        let raw = registration("a", place).raw();
        let record = pipeline::decode(None, &RawRecord::read(&raw)).unwrap();
        let publication = Publication::default();
        let envelopes = pipeline::envelopes(CATEGORIES, &record, &publication).unwrap();
        for envelope in envelopes.unwrap() {
            let step = Step::Seal(Box::new(envelope.unwrap()));
            lanes.push("users/a", usize::try_from(place).unwrap(), step);
        }
    }
    let missing =
        lanes.next_batch(&mut |envelope| Err(NotSealed::KeyMissing(envelope, Lock::DataKey("contact"))));
    assert!(missing.is_none());
    let contact = Lock::DataKey("contact");
    assert_eq!(lanes.take_wanted().as_ref(), Some(&contact));
    assert_eq!(lanes.take_wanted(), None, "it is asked for once");
    lanes.want_again(contact.clone());
    assert_eq!(lanes.take_wanted().as_ref(), Some(&contact));
    assert!(lanes.next_batch(&mut |_| panic!("the lane waits")).is_none());
    lanes.unlock(&contact);
    assert!(lanes.next_batch(&mut |_| Err(NotSealed::Stopped)).is_none());
    lanes.unlock(&contact);
    assert!(lanes.next_batch(&mut |_| panic!("the lane stopped")).is_none());
    assert!(lanes.next_parking().is_none());
}

#[tokio::test(start_paused = true)]
async fn thin_events_need_no_data_key() {
    let world = world(&[
        ("DETAIL", "thin"),
        ("CALLBACK_BASE_URL", "https://users.example.com"),
    ]);
    world.keys.set_down(true);
    let dotted = Record::inserted("authentication", &rows::mfa("..")).at(1);
    let (response, report) = world
        .handle(&[registration("a", 0), dotted, registration("b", 2)])
        .await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!((report.accepted, report.parked), (2, 1));
    assert_eq!(world.parked_codes(), ["row-does-not-fit"]);
    for event in world.topics.accepted() {
        let document: Value = serde_json::from_str(&event.body).unwrap();
        let callback = format!(
            "https://users.example.com/{}?atLeastVersion=1",
            event.partition_key
        );
        assert_eq!(document["data"]["callback"], callback);
        assert_eq!(document["data"]["contact"], Value::Null);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_parked_is_reported_and_its_user_waits() {
    let world = world(&[]);
    world.parking.set_down(true);
    let bad = Record::inserted(
        "accounts",
        &rows::with(rows::account("a"), json!({ "email": null })),
    )
    .at(0);
    let records = [bad, email_change("a", 1), registration("b", 2)];
    let (response, report) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), sequence_number(&records[0]));
    assert_eq!((report.parked, report.unsettled), (0, 2));
    assert_eq!(
        world.accepted(),
        ["users/b"],
        "no later event of a is published before its record is settled"
    );
}

#[tokio::test(start_paused = true)]
async fn when_a_whole_call_is_refused_only_the_guilty_record_is_parked() {
    let world = world(&[]);
    for _ in 0..100 {
        world.topics.then(|batch| {
            let guilty = batch.entries().iter().any(|entry| entry.record == 1);
            vec![
                if guilty {
                    Outcome::Suspect
                } else {
                    Outcome::Accepted
                };
                batch.entries().len()
            ]
        });
    }
    let records = [registration("a", 0), registration("b", 1), registration("c", 2)];
    let (response, _) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.parked_codes(), ["refused-by-topic"]);
    assert_eq!(world.accepted(), ["users/a", "users/c"]);
}

#[tokio::test(start_paused = true)]
async fn an_unsettled_record_without_a_sequence_number_fails_the_invocation() {
    let world = world(&[]);
    world.parking.set_down(true);
    let nameless = registration("a", 0)
        .with("/dynamodb/SequenceNumber", Value::Null)
        .raw();
    assert!(
        world
            .publisher
            .handle(&[&nameless], within(Duration::from_secs(5)))
            .await
            .is_err()
    );
    world.parking.set_down(false);
    let answer = world
        .publisher
        .handle(&[&nameless], within(Duration::from_secs(5)))
        .await;
    assert_eq!(answer.unwrap().0.first_unsettled(), None);
}

#[tokio::test(start_paused = true)]
async fn a_change_from_another_region_is_not_published_here() {
    let world = world(&[("ORIGIN_REGION_ATTRIBUTE", "aws:rep:updateregion")]);
    let row =
        |user: &str, region: &str| rows::with(rows::account(user), json!({ "aws:rep:updateregion": region }));
    let here = Record::inserted("accounts", &row("here", "eu-west-1")).at(0);
    let there = Record::inserted("accounts", &row("there", "us-east-1")).at(1);
    let (response, report) = world.handle(&[here, there, registration("untold", 2)]).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(report.elsewhere, 1);
    assert_eq!(world.accepted(), ["users/here", "users/untold"]);
}

#[tokio::test(start_paused = true)]
async fn characters_that_queues_refuse_do_not_reach_them() {
    let world = world(&[]);
    let name = "a\u{FFFE}b\u{FFFF}\u{1}";
    let role = rows::with(rows::role("role-1"), json!({ "name": name }));
    world.handle(&[Record::inserted("access", &role)]).await;
    let body = &world.topics.accepted()[0].body;
    assert!(!body.contains(['\u{FFFE}', '\u{FFFF}', '\u{1}']));
    let document: Value = serde_json::from_str(body).unwrap();
    assert_eq!(document["data"]["name"], name);
}

#[tokio::test(start_paused = true)]
async fn a_class_that_readers_would_refuse_is_parked_and_others_go_on() {
    let world = world(&[("MAX_MESSAGE_BYTES", "1000000")]);
    let row = rows::with(rows::account("bad"), json!({ "email": "x".repeat(50_000) }));
    let bad = Record::inserted("accounts", &row);
    let (response, _) = world.handle(&[bad, registration("good", 2)]).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.parked_codes(), ["class-too-large"]);
    assert_eq!(world.accepted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_too_large_one_byte_past_the_limit() {
    let role = |bytes: usize| {
        let row = rows::with(rows::role("role-1"), json!({ "description": "x".repeat(bytes) }));
        Record::inserted("access", &row)
    };
    let empty = world(&[]);
    empty.handle(&[role(0)]).await;
    let room = 2_000 - empty.topics.accepted()[0].bytes();
    let limited = world(&[("MAX_MESSAGE_BYTES", "2000")]);
    limited.handle(&[role(room).at(1)]).await;
    assert_eq!((limited.accepted().len(), limited.parked_codes().len()), (1, 0));
    limited.handle(&[role(room + 1).at(2)]).await;
    assert_eq!(limited.parked_codes(), ["event-too-large"]);
}

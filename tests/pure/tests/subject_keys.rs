//! Publishing with persons' keys: what is sealed with which key, what it costs, and what waits for what.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_aws::{BatchResponse, Config, DataKeys, Limits, Publisher, Report};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_data_key;
use user_events_core::{SealedEnvelope, SealedMember, Token};
use user_events_testkit::{
    FixedKeys, MemoryParking, MemorySubjectKeys, Record, ScriptedTopics, TableCall, rows,
};

struct World {
    publisher: Publisher<ScriptedTopics, MemoryParking, FixedKeys>,
    topics: ScriptedTopics,
    keys: FixedKeys,
    table: MemorySubjectKeys,
}

fn world(table: &MemorySubjectKeys) -> World {
    let config = Config::read(CATEGORIES, |name| {
        let is_needed = name.contains("ARN") || name.contains("URL") || name == "SUBJECT_KEYS_TABLE";
        is_needed.then(|| format!("a {name}"))
    });
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let data_keys = DataKeys::new(keys.clone(), config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking, data_keys);
    World {
        publisher: publisher.with_subject_keys(table.clone()),
        topics,
        keys,
        table: table.clone(),
    }
}

impl World {
    async fn handle(&self, records: &[Record]) -> (BatchResponse, Report) {
        let raw: Vec<_> = records.iter().map(Record::raw).collect();
        let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
        let limits = Limits::new(
            Instant::now() + Duration::from_secs(10),
            Duration::from_millis(1_500),
        );
        match self.publisher.handle(&raw, limits).await {
            Ok(answer) => answer,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn events(&self, subject: &str) -> Vec<SealedEnvelope> {
        let accepted = self.topics.accepted().into_iter();
        accepted
            .filter(|event| document(event)["subject"] == subject)
            .collect()
    }
}

fn registrations(users: std::ops::Range<u64>) -> Vec<Record> {
    let record = |user| Record::inserted("accounts", &rows::account(&format!("user-{user}"))).at(user);
    users.map(record).collect()
}

fn email_change(user: &str, place: u64) -> Record {
    let old = rows::account(user);
    let new = rows::with(old.clone(), json!({ "email": format!("at-{place}@example.com") }));
    Record::modified("accounts", &old, &new).at(place)
}

fn document(event: &SealedEnvelope) -> Value {
    serde_json::from_str(&event.body).unwrap()
}

/// The class `contact`, opened with the data key and this person's key of the table.
fn opened(event: &SealedEnvelope, table: &MemorySubjectKeys, subject: &str) -> Option<Value> {
    let member = SealedMember::from_member(&document(event)["data"]["contact"]).unwrap();
    let token = Token::read(&member.sealed, &event.id, "contact").unwrap();
    let key = table.key(subject)?;
    if token.key_id() != Some(&key.key_id) {
        return None;
    }
    let content_key = token.content_key(
        sample_data_key("contact").plaintext.as_slice(),
        key.secret.as_slice(),
    );
    let content = token.open_with(&content_key.unwrap()).ok()?;
    serde_json::from_slice(&content).ok()
}

#[tokio::test(start_paused = true)]
async fn a_batch_reads_a_hundred_persons_a_call_creates_the_missing_and_warm_ones_cost_nothing() {
    let world = world(&MemorySubjectKeys::default());
    let (response, report) = world.handle(&registrations(0..250)).await;
    assert_eq!(response.first_unsettled(), None);
    let mut calls = world.table.take_calls();
    calls.retain(|call| *call != TableCall::Create);
    calls.sort_unstable_by_key(|call| match call {
        TableCall::Read(rows) => *rows,
        TableCall::Create => 0,
    });
    assert_eq!(
        calls,
        [TableCall::Read(50), TableCall::Read(100), TableCall::Read(100)]
    );
    let counts = report.subject_keys.unwrap();
    assert_eq!(
        (counts.requested, counts.created, counts.failed, counts.erased),
        (253, 250, 0, 0)
    );
    for event in world.topics.accepted() {
        let subject = document(&event)["subject"].as_str().unwrap().to_owned();
        assert!(opened(&event, &world.table, &subject).is_some());
    }
    let changes: Vec<_> = (0..250)
        .map(|n| email_change(&format!("user-{n}"), 1_000 + n))
        .collect();
    let (_, report) = world.handle(&changes).await;
    assert_eq!(world.table.take_calls(), []);
    assert_eq!(report.accepted, 250);
    // After five minutes they are read again, and none is created.
    tokio::time::advance(Duration::from_secs(300)).await;
    let changes: Vec<_> = (0..250)
        .map(|n| email_change(&format!("user-{n}"), 2_000 + n))
        .collect();
    world.handle(&changes).await;
    assert_eq!(world.table.take_calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_the_table_its_lanes_wait_and_what_needs_none_goes_on() {
    let world = world(&MemorySubjectKeys::default());
    world.handle(&registrations(0..1)).await;
    world.table.set_down(true);
    let unknown = Record::inserted("authentication", &rows::mfa("user-9")).at(11);
    let records = [
        registrations(10..11).remove(0),
        unknown,
        email_change("user-0", 12),
    ];
    let (response, report) = world.handle(&records).await;
    assert_eq!(
        response.first_unsettled(),
        records[0].json()["dynamodb"]["SequenceNumber"].as_str()
    );
    assert_eq!((report.accepted, report.unsettled), (2, 1));
    let counts = report.subject_keys.unwrap();
    assert!(counts.failed > 0 && counts.failed == counts.requested);
    assert_eq!(world.events("users/user-10").len(), 0);
    assert_eq!(world.events("users/user-9").len(), 1, "it has no class");
    assert_eq!(world.events("users/user-0").len(), 2, "its key is known");
    world.table.set_down(false);
    let (response, _) = world.handle(&records).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.events("users/user-10").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_loser_of_a_race_seals_with_the_winners_key() {
    let table = MemorySubjectKeys::default();
    table.add_rival();
    let world = world(&table);
    let (_, report) = world.handle(&registrations(0..3)).await;
    assert_eq!(report.subject_keys.unwrap().created, 0);
    for user in 0..3 {
        let subject = format!("users/user-{user}");
        let [event] = &world.events(&subject)[..] else {
            panic!("one event")
        };
        assert!(opened(event, &table, &subject).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn an_erased_persons_events_leave_without_their_classes_and_without_kms_and_nothing_brings_the_key_back()
 {
    let table = MemorySubjectKeys::default();
    let before = world(&table);
    before.handle(&registrations(0..2)).await;
    table.erase("users/user-0");
    table.erase("users/user-7");
    // Another instance, which knows neither. KMS is down.
    let after = world(&table);
    after.keys.set_down(true);
    let late = [email_change("user-0", 10), registrations(7..8).remove(0).at(11)];
    let (response, report) = after.handle(&late).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(report.subject_keys.unwrap().erased, 2);
    for subject in ["users/user-0", "users/user-7"] {
        let [event] = &after.events(subject)[..] else {
            panic!("one event of {subject}")
        };
        let data = document(event)["data"].clone();
        assert_eq!(data.get("contact"), None, "{data}");
        assert_eq!(data["userId"], subject.trim_start_matches("users/"));
        assert_eq!(event.attribute("dataClasses"), None);
        assert!(table.key(subject).is_none());
    }
    let [old] = &before.events("users/user-0")[..] else {
        panic!("one event")
    };
    assert!(opened(old, &table, "users/user-0").is_none());
    let [other] = &before.events("users/user-1")[..] else {
        panic!("one event")
    };
    assert!(opened(other, &table, "users/user-1").is_some());
    assert!(opened(other, &table, "users/user-0").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_of_nobody_known_needs_no_persons_key() {
    let world = world(&MemorySubjectKeys::default());
    world.table.set_down(true);
    let attempt = Record::inserted("authentication", &rows::attempt("UNKNOWN#f3a9"));
    let (response, _) = world.handle(&[attempt]).await;
    assert_eq!(response.first_unsettled(), None);
    assert_eq!(world.table.take_calls(), []);
}

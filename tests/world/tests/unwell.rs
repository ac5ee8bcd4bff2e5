//! The function binaries while a service is not well: what is published all the same, what stays, and how much the log
//! says. Nothing here is measured with a clock: a test looks at what had happened when the function answered.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use user_events_core::{Code, RawRecord, Time, parked_message};
use user_events_testkit::{Answer, Behaviour, Endpoint, FunctionProcess, Record, Stub, rows};

use crate::real_binaries::binary;
use crate::support::kept;

/// How long the tests wait for an answer after the deadline of the invocation.
const GRACE: Duration = Duration::from_secs(10);
/// The bound for the log of one invocation.
const LOG_BYTES: usize = 100_000;
/// What the redrive function has to know in addition.
const REDRIVE: [(&str, &str); 2] = [
    ("FAILURE_BUCKET", "failures"),
    (
        "STREAM_ARNS",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/accounts/stream/2026-03-01T00:00:00.000,\
         arn:aws:dynamodb:eu-west-1:123456789012:table/profiles/stream/2026-03-01T00:00:00.000",
    ),
];

fn registration(user: &str, place: u64) -> Record {
    Record::inserted("accounts", &rows::account(user)).at(place)
}

fn deletion(user: &str, place: u64) -> Record {
    Record::removed("accounts", &rows::account(user)).at(place)
}

fn poison(user: &str, place: u64) -> Record {
    registration(user, place).with("/dynamodb/NewImage/email", Value::Null)
}

/// The bodies of records, as an invocation delivers them.
fn payload(records: &[Record]) -> Vec<Value> {
    records.iter().map(|record| record.json().clone()).collect()
}

fn sequence_number(record: &Record) -> &Value {
    &record.json()["dynamodb"]["SequenceNumber"]
}

/// The users with published events.
fn published(stub: &Stub) -> BTreeSet<String> {
    let groups = stub.published().into_iter().filter_map(|event| event.group);
    groups.map(|group| group.replace("users/", "")).collect()
}

fn invoke_queue(stub: &Stub, bodies: &[String], limit: Duration) -> Answer {
    let messages: Vec<_> = (1..)
        .zip(bodies)
        .map(|(number, body)| json!({ "messageId": format!("m-{number}"), "body": body }))
        .collect();
    stub.invoke_with(&json!({ "Records": messages }), limit).unwrap()
}

fn parked(record: &Record) -> String {
    let reason = user_events_core::Error::new(Code::RefusedByTopic, "refused");
    parked_message(&RawRecord::read(&record.raw()), &reason, Time::UNIX_EPOCH).unwrap()
}

/// A count of the report that the log has.
fn count(log: &str, name: &str) -> u64 {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let reports = lines.filter(|line| line["_aws"].is_object());
    reports.filter_map(|report| report[name].as_u64()).sum()
}

/// Any JSON in which no object has two members of the same name. A reader of a log keeps one of them only.
#[derive(Debug)]
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON with distinct members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Self>()?;
            if names.contains(&name) {
                return Err(A::Error::custom(format!("two members are named `{name}`")));
            }
            names.insert(name);
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

/// Fails unless each line of the log is JSON in which names are distinct.
fn assert_lines_are_readable(log: &str) {
    for line in log.lines() {
        let read: Result<Distinct, _> = serde_json::from_str(line);
        read.unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn the_proof_of_distinct_members_finds_a_second_one() {
    for line in [r#"{"a":1,"b":{"a":[null,true,-1,0.5,"x"]}}"#, "[]"] {
        serde_json::from_str::<Distinct>(line).unwrap();
    }
    for line in [r#"{"a":1,"a":2}"#, r#"[{"b":{"a":1,"a":2}}]"#] {
        let error = serde_json::from_str::<Distinct>(line).unwrap_err();
        assert!(error.to_string().contains("two members are named `a`"), "{error}");
    }
}

/// The log of one invocation with 10,000 records, during which SNS treats every call like this.
fn log_while_sns(behaviour: Behaviour) -> (String, usize) {
    const RECORDS: u64 = 10_000;
    let timeout = Duration::from_secs(8);
    let stub = Stub::start_with_timeout(timeout).unwrap();
    let function = FunctionProcess::start(&binary("account"), &stub, &[]).unwrap();
    stub.wait_until_ready().unwrap();
    stub.behave(Endpoint::Sns, behaviour);
    let records: Vec<_> = (1..=RECORDS)
        .map(|place| registration(&format!("user-{place}"), place))
        .collect();
    let answer = stub.invoke(&payload(&records), timeout + GRACE).unwrap();
    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [{ "itemIdentifier": sequence_number(&records[0]) }] })
    );
    let calls = stub.calls().publish;
    (function.end().unwrap(), calls)
}

/// Fails unless the log is short, has at most one line for each call, and says at its end how many lines it left out.
fn assert_log_is_bounded(log: &str, calls: usize) {
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said: Vec<_> = lines.iter().filter(|line| line["fields"].is_object()).collect();
    assert!(
        log.len() < LOG_BYTES,
        "{calls} calls: the log has {} lines, {} bytes",
        said.len(),
        log.len()
    );
    assert!(said.len() <= calls, "{} lines for {calls} calls", said.len());
    let left_out = said.last().and_then(|line| line["fields"]["left_out"].as_u64());
    assert!(
        left_out.is_some_and(|lines| lines > 0),
        "the last line must say with `left_out` how many lines were left out: {:?}",
        said.last()
    );
    assert_lines_are_readable(log);
}

#[test]
fn the_log_of_ten_thousand_refused_entries_stays_short_and_says_what_it_left_out() {
    let (log, calls) = log_while_sns(Behaviour::RefusesEntries);
    assert_log_is_bounded(&log, calls);
}

#[test]
fn the_log_of_an_outage_of_sns_stays_short_and_says_what_it_left_out() {
    let (log, calls) = log_while_sns(Behaviour::Fails("ServiceUnavailable"));
    assert_log_is_bounded(&log, calls);
}

#[test]
fn no_line_of_a_log_has_two_members_of_the_same_name() {
    let timeout = Duration::from_secs(4);
    let stub = Stub::start_with_timeout(timeout).unwrap();
    let function = FunctionProcess::start(&binary("account"), &stub, &[]).unwrap();
    stub.wait_until_ready().unwrap();
    let mut place = 0;
    for (endpoint, behaviour) in [
        (Endpoint::Sns, Behaviour::Fails("InvalidParameter")),
        (Endpoint::Sns, Behaviour::Fails("Throttled")),
        (Endpoint::Sns, Behaviour::RefusesEntries),
        (Endpoint::Sns, Behaviour::Plain),
        (Endpoint::Sqs, Behaviour::Fails("ServiceUnavailable")),
        (Endpoint::Sqs, Behaviour::Plain),
    ] {
        stub.behave(endpoint, behaviour);
        let records = [registration("a", place + 1), poison("b", place + 2)];
        place += 2;
        stub.invoke(&payload(&records), timeout + GRACE).unwrap();
    }
    stub.invoke_with(&json!({}), timeout + GRACE).unwrap();
    assert_lines_are_readable(&function.end().unwrap());

    let stub = Stub::start_with_timeout(timeout).unwrap();
    let function = FunctionProcess::start(&binary("redrive"), &stub, &REDRIVE).unwrap();
    let missing = r#"{"Records":[{"s3":{"bucket":{"name":"failures"},"object":{"key":"parked%2Fnone"}}}]}"#;
    let bodies = [
        "no message".to_owned(),
        missing.to_owned(),
        parked(&poison("c", 1)),
    ];
    invoke_queue(&stub, &bodies, timeout + GRACE);
    assert_lines_are_readable(&function.end().unwrap());
}

#[test]
fn while_kms_is_silent_events_that_need_no_key_are_published() {
    let timeout = Duration::from_secs(15);
    let stub = Stub::start_with_timeout(timeout).unwrap();
    stub.behave(Endpoint::Kms, Behaviour::Silent);
    let function = FunctionProcess::start(&binary("account"), &stub, &[]).unwrap();
    let mut records = vec![registration("new", 1)];
    records.extend((2..=11).map(|place| deletion(&format!("old-{place}"), place)));
    let answer = stub.invoke(&payload(&records), timeout + GRACE).unwrap();
    let users = published(&stub);
    let log = function.end().unwrap();
    let deleted: BTreeSet<_> = (2..=11).map(|place| format!("old-{place}")).collect();
    assert_eq!(users, deleted, "{} {log}", answer.body);
    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [{ "itemIdentifier": sequence_number(&records[0]) }] })
    );
}

#[test]
fn while_the_parked_queue_is_silent_good_records_are_published() {
    let timeout = Duration::from_secs(15);
    let stub = Stub::start_with_timeout(timeout).unwrap();
    stub.behave(Endpoint::Sqs, Behaviour::Silent);
    let function = FunctionProcess::start(&binary("account"), &stub, &[]).unwrap();
    let bad = (1..=40).map(|place| poison(&format!("bad-{place}"), place));
    let good = (41..=100).map(|place| registration(&format!("good-{place}"), place));
    let records: Vec<_> = bad.chain(good).collect();
    let answer = stub.invoke(&payload(&records), timeout + GRACE).unwrap();
    let users = published(&stub);
    let log = function.end().unwrap();
    let good: BTreeSet<_> = (41..=100).map(|place| format!("good-{place}")).collect();
    assert_eq!(users, good, "{} {log}", answer.body);
    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [{ "itemIdentifier": sequence_number(&records[0]) }] })
    );
}

#[test]
fn redrive_publishes_no_record_of_a_strangers_table() {
    let stub = Stub::start().unwrap();
    let function = FunctionProcess::start(&binary("redrive"), &stub, &REDRIVE).unwrap();
    let foreign = registration("victim", 9_999).with(
        "/eventSourceARN",
        json!(
            "arn:aws:dynamodb:eu-west-1:666666666666:table/mallorys-own-table/stream/2026-03-01T00:00:00.000"
        ),
    );
    let bodies = [parked(&registration("own", 1)), parked(&foreign)];
    let answer = invoke_queue(&stub, &bodies, GRACE);
    let log = function.end().unwrap();
    assert_eq!(published(&stub), BTreeSet::from(["own".to_owned()]), "{log}");
    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] }),
        "the message must stay"
    );
    assert_eq!((stub.parked().len(), stub.objects().len()), (0, 0));
    assert_eq!(count(&log, "Foreign"), 1, "{log}");
}

/// The numbers of the events of one user, in the order in which SNS accepted them, and how many calls it took.
fn hot_user(lane_batching: &str) -> (Vec<u64>, usize) {
    const EVENTS: u64 = 100;
    let stub = Stub::start().unwrap();
    let variables = [("LANE_BATCHING", lane_batching)];
    let function = FunctionProcess::start(&binary("account"), &stub, &variables).unwrap();
    let records: Vec<_> = (1..=EVENTS).map(|place| registration("hot", place)).collect();
    let answer = stub.invoke(&payload(&records), GRACE).unwrap();
    let log = function.end().unwrap();
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }), "{log}");
    assert_eq!(count(&log, "OrderBroken"), 0, "{log}");
    let place = |body: &str| {
        let sequence = serde_json::from_str::<Value>(body).unwrap()["sequence"]
            .as_str()
            .and_then(|sequence| sequence.split('.').next().map(str::to_owned))
            .unwrap();
        (sequence.parse::<u128>().unwrap() - 4_421_584_500_000_000_000_000) as u64
    };
    let events = stub.published();
    (
        events.iter().map(|event| place(&event.body)).collect(),
        stub.calls().publish,
    )
}

#[test]
fn with_lane_batching_ten_events_of_a_user_go_in_one_call_and_stay_in_order() {
    assert_eq!(hot_user("off"), ((1..=100).collect(), 100));
    assert_eq!(hot_user("on"), ((1..=100).collect(), 10));
}

/// The change of an e-mail address between two rows near DynamoDB's limit of 400 KB. Each quotation mark is two bytes of
/// JSON. The event is larger than 4,096 bytes.
fn large_record(user: &str, place: u64) -> Record {
    let note = "\"".repeat(390_000);
    let before = rows::with(rows::account(user), json!({ "statusReason": note }));
    let address = format!("{}@example.com", "a".repeat(4_096));
    let after = rows::with(before.clone(), json!({ "email": address }));
    Record::modified("accounts", &before, &after).at(place)
}

#[test]
fn a_record_too_large_for_the_parked_queue_is_stored_whole_and_redriven_from_the_bucket() {
    let timeout = Duration::from_secs(5);
    let stub = Stub::start_with_timeout(timeout).unwrap();
    let variables = [("FAILURE_BUCKET", "failures"), ("MAX_MESSAGE_BYTES", "4096")];
    let function = FunctionProcess::start(&binary("account"), &stub, &variables).unwrap();
    let large = large_record("large", 2);
    let records = [registration("first", 1), large.clone(), registration("last", 3)];
    let answer = stub.invoke(&payload(&records), timeout + GRACE).unwrap();
    let log = function.end().unwrap();

    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [] }),
        "the shard must go on: {log}"
    );
    let good = ["first", "last"].map(str::to_owned);
    assert_eq!(published(&stub), BTreeSet::from(good.clone()));
    assert!(stub.parked().is_empty());
    let objects = stub.objects();
    let [object] = objects.as_slice() else {
        panic!("{} objects", objects.len())
    };
    assert_eq!(object.bucket, "failures");
    assert!(
        object.encoded_key.starts_with("parked/"),
        "{}",
        object.encoded_key
    );
    let content: Value = serde_json::from_str(&object.body).unwrap();
    assert_eq!(content["requestContext"]["condition"], "RecordTooLarge");
    assert_eq!(content["payload"]["Records"], json!([kept(&large).unwrap()]));
    assert_eq!(count(&log, "Stored"), 1, "{log}");

    stub.replace_process();
    let function = FunctionProcess::start(&binary("redrive"), &stub, &REDRIVE).unwrap();
    let answer = invoke_queue(&stub, &[object.notice().to_string()], timeout + GRACE);
    let log = function.end().unwrap();
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }), "{log}");
    let [first, last] = good;
    assert_eq!(
        published(&stub),
        BTreeSet::from([first, "large".to_owned(), last])
    );
    let redriven = stub.published().pop().unwrap();
    assert_eq!(redriven.attributes["replay"], "true");
}

//! The real function binaries, driven through the Lambda Runtime API against a stub of the AWS services.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use user_events_local::build::{Function, Profile, functions, functions_named};
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;
use user_events_testkit::{Behaviour, Endpoint, FunctionProcess, Record, Stub, rows};

use crate::engine::with_canaries;

const LIMIT: Duration = Duration::from_secs(30);

type Binaries = BTreeMap<String, PathBuf>;

/// The binaries that are tested as they ship. Each takes minutes to build, and the others differ in their category only.
const AS_SHIPPED: [&str; 2] = ["account", "redrive"];

/// A binary as it ships. They are built once.
pub(crate) fn binary(name: &str) -> PathBuf {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    let build =
        |workspace: &Workspace| functions_named(workspace, &AS_SHIPPED, Profile::Release, &Console::stderr());
    BINARIES.get_or_init(|| built(build))[name].clone()
}

/// A binary of any category, as the local engine runs it. They are built once.
fn quick_binary(name: &str) -> PathBuf {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    let build = |workspace: &Workspace| functions(workspace, Profile::Dev, &Console::stderr());
    BINARIES.get_or_init(|| built(build))[name].clone()
}

fn built(build: impl Fn(&Workspace) -> Result<Vec<Function>>) -> Binaries {
    let built = Workspace::find().and_then(|workspace| build(&workspace));
    let built = built.unwrap_or_else(|error| panic!("{error:#}"));
    let binaries = built.into_iter().map(|function| (function.name, function.binary));
    binaries.collect()
}

#[test]
fn bad_records_park_alone_and_no_value_appears_anywhere() {
    let stub = Stub::start().unwrap();
    let function =
        FunctionProcess::start(&binary("account"), &stub, &[("MAX_MESSAGE_BYTES", "20000")]).unwrap();
    let row = with_canaries(rows::account("bad"), "row");
    let inserted = |changes: Value| Record::inserted("accounts", &rows::with(row.clone(), changes));
    let bad = [
        inserted(json!({})).with("/dynamodb/NewImage/locale", json!({ "X": "canary" })),
        inserted(json!({ "email": null })),
        inserted(json!({ "emailVerified": "canary" })),
        inserted(json!({})).with("/dynamodb/NewImage/email", json!({ "B": "canary" })),
        inserted(json!({ "createdAt": "canary" })),
        inserted(json!({})).with(
            "/dynamodb/ApproximateCreationDateTime",
            json!(1_772_366_400_000_u64),
        ),
        inserted(json!({})).with("/dynamodb/StreamViewType", json!("NEW_IMAGE")),
        inserted(json!({ "email": format!("canary{}", "x".repeat(20_000)) })),
    ];
    let good = |user: &str| Record::inserted("accounts", &with_canaries(rows::account(user), "row"));
    let mut records = vec![good("first")];
    records.extend(bad);
    records.push(good("last"));
    let records: Vec<_> = (1..)
        .zip(records)
        .map(|(place, record)| record.at(place).json().clone())
        .collect();

    let answer = stub.invoke(&records, LIMIT).unwrap();
    let log = function.end().unwrap();

    assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
    let subjects: Vec<_> = stub
        .published()
        .iter()
        .map(|event| event.group.clone().unwrap())
        .collect();
    assert_eq!(subjects, ["users/first", "users/last"]);
    assert_eq!(stub.parked().len(), 8);
    for message in stub.parked() {
        let message: Value = serde_json::from_str(&message).unwrap();
        assert!(
            !message["reason"].to_string().contains("canary"),
            "{}",
            message["reason"]
        );
    }
    for event in stub.published() {
        assert!(!event.body.contains("canary") && !format!("{:?}", event.attributes).contains("canary"));
        assert_eq!(
            event.deduplication_id.as_deref(),
            serde_json::from_str::<Value>(&event.body).unwrap()["id"].as_str()
        );
    }
    assert!(!log.contains("canary"), "{log}");
    let report = log.lines().find_map(|line| {
        serde_json::from_str::<Value>(line)
            .ok()
            .filter(|line| !line["_aws"].is_null())
    });
    let report = report.unwrap_or_else(|| panic!("no report in {log}"));
    assert_eq!((&report["Parked"], &report["Accepted"]), (&json!(8), &json!(2)));
}

#[test]
fn a_function_of_thin_events_requests_no_key_and_prints_no_value() {
    let rows = rows::all()
        .into_iter()
        .map(|(table, row)| (table, with_canaries(row, "row")));
    let records: Vec<_> = (1..)
        .zip(rows)
        .map(|(place, (table, row))| Record::inserted(table, &row).at(place).json().clone())
        .collect();
    for (name, events) in [
        ("account", 1),
        ("profile", 3),
        ("authentication", 4),
        ("access", 3),
    ] {
        let stub = Stub::start().unwrap();
        let variables = [
            ("DETAIL", "thin"),
            ("CALLBACK_BASE_URL", "https://users.example.com"),
            ("SEAL_KEY_ARN", ""),
        ];
        let function = FunctionProcess::start(&quick_binary(name), &stub, &variables).unwrap();
        let answer = stub.invoke(&records, LIMIT).unwrap();
        let log = function.end().unwrap();
        assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
        assert_eq!(stub.published().len(), events, "{name}");
        assert_eq!((stub.calls().keys, stub.parked().len()), (0, 0), "{name}");
        assert!(!log.contains("canary"), "{log}");
        for event in stub.published() {
            assert!(
                !event.body.contains("canary") && !event.body.contains("sealed"),
                "{}",
                event.body
            );
            let body: Value = serde_json::from_str(&event.body).unwrap();
            let callback = body["data"]["callback"].as_str().unwrap();
            assert!(callback.starts_with("https://users.example.com/"), "{callback}");
        }
    }
}

#[test]
fn a_payload_that_is_no_stream_event_is_an_error_without_a_value() {
    let stub = Stub::start().unwrap();
    let function = FunctionProcess::start(&quick_binary("access"), &stub, &[]).unwrap();
    let answer = stub.invoke_with(&json!({ "Records": "canary" }), LIMIT).unwrap();
    let log = function.end().unwrap();
    assert!(answer.failed);
    assert!(
        answer
            .body
            .to_string()
            .contains("is the function invoked by its own stream or queue?"),
        "{}",
        answer.body
    );
    assert!(
        !answer.body.to_string().contains("canary") && !log.contains("canary"),
        "{log}"
    );
}

#[test]
fn a_function_without_its_environment_says_all_that_is_missing_and_ends() {
    let stub = Stub::start().unwrap();
    let variables = [
        ("TOPIC_ARN", ""),
        ("SEAL_KEY_ARN", ""),
        ("PUBLISH_CONCURRENCY", "many"),
    ];
    let mut function = FunctionProcess::start(&binary("account"), &stub, &variables).unwrap();
    assert!(!function.wait(LIMIT).unwrap().success());
    let log = function.end().unwrap();
    for name in [
        "TOPIC_ARN is missing",
        "SEAL_KEY_ARN is missing",
        "PUBLISH_CONCURRENCY is not a whole number",
    ] {
        assert!(log.contains(name), "{log}");
    }
    assert!(!log.contains("many"), "{log}");
}

#[test]
fn each_function_publishes_its_own_category_and_skips_the_others() {
    let records: Vec<_> = (1..)
        .zip(rows::all())
        .map(|(place, (table, row))| Record::inserted(table, &row).at(place).json().clone())
        .collect();
    for (category, events) in [
        ("account", 1),
        ("profile", 3),
        ("authentication", 4),
        ("access", 3),
    ] {
        let stub = Stub::start().unwrap();
        let function = FunctionProcess::start(&quick_binary(category), &stub, &[]).unwrap();
        let answer = stub.invoke(&records, LIMIT).unwrap();
        drop(function);
        assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
        let published = stub.published();
        assert_eq!(published.len(), events, "{category}");
        assert!(
            published
                .iter()
                .all(|event| event.attributes["category"] == category)
        );
    }
}

/// The rows of the table of persons' keys, and the events with a class that need the name of one of them.
fn persons_keys(stub: &Stub) -> (usize, usize) {
    let rows = stub.reading().subject_keys;
    let names: Vec<_> = rows
        .values()
        .filter_map(|row| row["keyId"]["S"].as_str())
        .collect();
    let needs_one = |event: &&user_events_testkit::Published| {
        let document: Value = serde_json::from_str(&event.body).unwrap();
        let token = document["data"]["contact"]["sealed"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default());
        let header: Value = serde_json::from_slice(&header.unwrap()).unwrap_or_default();
        let kid = header["kid"].as_str().unwrap_or_default().to_owned();
        names
            .iter()
            .any(|name| kid.ends_with(&format!("/contact/{name}")))
    };
    (rows.len(), stub.published().iter().filter(needs_one).count())
}

#[test]
fn persons_keys_are_read_and_created_together_and_nobody_is_asked_for_them_when_they_are_off() {
    let records = |first: u64| -> Vec<Value> {
        let record =
            |n: u64| Record::inserted("accounts", &rows::account(&format!("user-{n}"))).at(first + n);
        (0..150).map(record).map(|record| record.json().clone()).collect()
    };
    let off = Stub::start().unwrap();
    let function = FunctionProcess::start(&binary("account"), &off, &[]).unwrap();
    off.invoke(&records(0), LIMIT).unwrap();
    drop(function.end().unwrap());
    assert_eq!((off.published().len(), off.calls().subject_keys), (150, 0));
    assert_eq!(persons_keys(&off), (0, 0));

    let on = Stub::start().unwrap();
    let variables = [("SUBJECT_KEYS_TABLE", "persons")];
    let function = FunctionProcess::start(&binary("account"), &on, &variables).unwrap();
    let answer = on.invoke(&records(0), LIMIT).unwrap();
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
    // One call opens the connection; then two reads, and one creation for each person.
    assert_eq!(on.calls().subject_keys, 1 + 2 + 150);
    assert_eq!(persons_keys(&on), (150, 150));
    on.invoke(&records(1_000), LIMIT).unwrap();
    assert_eq!(on.calls().subject_keys, 1 + 2 + 150);
    let log = function.end().unwrap();
    assert!(
        log.contains(r#""SubjectKeysCreated":150"#) && log.contains(r#""SubjectKeysRequested":0"#),
        "{log}"
    );

    // Another instance finds the keys, and a table that refuses holds up the persons whom it does not know, and no others.
    let function = FunctionProcess::start(&binary("account"), &on, &variables).unwrap();
    on.invoke(&records(2_000), LIMIT).unwrap();
    assert_eq!(
        (on.calls().subject_keys, persons_keys(&on)),
        (1 + 2 + 150 + 1 + 2, (150, 450))
    );
    on.behave(Endpoint::DynamoDb, Behaviour::Fails("ThrottlingException"));
    let new = Record::inserted("accounts", &rows::account("new")).at(9_000);
    let known = Record::inserted("accounts", &rows::account("user-1")).at(9_001);
    let answer = on
        .invoke(&[new.json().clone(), known.json().clone()], LIMIT)
        .unwrap();
    let waits = new.json()["dynamodb"]["SequenceNumber"].clone();
    assert_eq!(
        answer.body,
        json!({ "batchItemFailures": [{ "itemIdentifier": waits }] })
    );
    assert_eq!(persons_keys(&on), (150, 451));
    drop(function.end().unwrap());
}

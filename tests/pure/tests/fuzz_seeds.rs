//! The seeds of the fuzz targets: real records, a real sealed class and real parked messages, made from the rows of the
//! test kit so that they follow the contract; and the presets with the writes of their frameworks.

use std::path::PathBuf;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use user_events_core::{Code, Error, RawRecord, Time, parked_message};
use user_events_testkit::{Record, rows};

use crate::mapping::presets::Preset;
use crate::support::{root, sealed_events};

/// A target, the name of the file, and its content.
type Seed = (&'static str, String, Vec<u8>);

#[test]
fn the_seeds_are_made_from_the_rows() {
    let folder = root().join("fuzz/seeds");
    let write = std::env::var("GOLDEN").is_ok_and(|mode| mode == "write");
    let mut stale = Vec::new();
    for (target, name, content) in records()
        .into_iter()
        .chain(tokens())
        .chain(documents())
        .chain(parked())
        .chain(mappings())
    {
        let file = folder.join(target).join(name);
        if write {
            write_file(&file, &content).unwrap();
        } else if std::fs::read(&file).ok() != Some(content) {
            stale.push(file);
        }
    }
    assert!(
        stale.is_empty(),
        "GOLDEN=write cargo test --test pure fuzz_seeds: {stale:#?}"
    );
}

fn write_file(file: &PathBuf, content: &[u8]) -> Result<()> {
    file.parent().map(std::fs::create_dir_all).transpose()?;
    Ok(std::fs::write(file, content)?)
}

/// Every kind of row, inserted, modified, removed and expired; the oddities; and changes of the table of persons' keys.
fn records() -> Vec<Seed> {
    let later = json!({ "updatedAt": "2026-03-01T12:30:00.5+01:00", "status": "ACTIVE", "enabled": false, "granted": false,
        "endReason": "LOGOUT", "line1": "2 Example Street", "scope": null, "lastChange": {
            "at": "2026-03-01T12:30:00Z", "actor": "admin-1", "actorType": "ADMIN", "reason": "TICKET",
            "correlationId": "correlation-1", "causationId": "causation-1", "traceparent": "00-0af7651916cd43dd-b7ad6b71-01",
        } });
    let mut seeds = Vec::new();
    for (place, (table, row)) in rows::all().into_iter().enumerate() {
        let changed = rows::with(row.clone(), later.clone());
        for (change, record) in [
            ("inserted", Record::inserted(table, &row)),
            ("modified", Record::modified(table, &row, &changed)),
            ("removed", Record::removed(table, &row)),
            ("expired", Record::expired(table, &row)),
        ] {
            seeds.push(seed(
                "record",
                format!("{place:02}-{table}-{change}.json"),
                &record,
            ));
        }
    }
    let account = || Record::inserted("accounts", &rows::account("user-1"));
    let types = json!({
        "binary": { "B": "AAEC" }, "binaries": { "BS": ["AAEC", "AwQ="] }, "nothing": { "NULL": true },
        "texts": { "SS": ["b", "a"] }, "numbers": { "NS": ["2", "-1.5E+3"] }, "list": { "L": [{ "BOOL": true }, { "M": {} }] },
        "number": { "N": "99999999999999999999999999999999999999" }, "none": { "X": 1 },
    });
    let image = account().json()["dynamodb"]["NewImage"]
        .as_object()
        .unwrap()
        .clone();
    let with_types = image
        .into_iter()
        .chain(types.as_object().unwrap().clone())
        .collect();
    seeds.extend([
        seed(
            "record",
            "all-types.json".into(),
            &account().with("/dynamodb/NewImage", Value::Object(with_types)),
        ),
        seed(
            "record",
            "keys-only.json".into(),
            &account().with("/dynamodb/NewImage", Value::Null),
        ),
        seed(
            "record",
            "fraction.json".into(),
            &account().with("/dynamodb/ApproximateCreationDateTime", json!(1_772_366_400.75)),
        ),
        seed("record", "tombstone.json".into(), &Record::erased("users/a#b%23")),
        seed(
            "record",
            "tombstone-of-nobody.json".into(),
            &Record::erased("roles/role-1"),
        ),
        seed(
            "record",
            "secret.json".into(),
            &Record::of_subject_keys(&json!({ "keyId": "AAECAwQFBgcICQoLDA0ODw", "secret": "AAEC" })),
        ),
    ]);
    seeds
}

fn seed(target: &'static str, name: String, record: &Record) -> Seed {
    (target, name, record.json().to_string().into_bytes())
}

/// An event and its notification; names and strings with escapes, and numbers of each form.
fn documents() -> Vec<Seed> {
    let event = sealed_events(&Record::inserted("profiles", &rows::profile("user-1")))
        .unwrap()
        .remove(0);
    let notification = json!({ "Type": "Notification", "Message": event.body }).to_string();
    let oddities =
        r#"{"\u0061":"\ud83d\ude00\n\"","b":[-0,1.5e-7,18446744073709551616,true,null],"c":{"d":{}}}"#;
    [
        ("event.json", event.body),
        ("notification.json", notification),
        ("oddities.json", oddities.to_owned()),
    ]
    .map(|(name, text)| ("strict", name.to_owned(), text.into_bytes()))
    .into()
}

/// An event with a sealed class, its token, and the token's bytes before they are encoded: the header, a new
/// line, nonce, ciphertext and tag.
fn tokens() -> Vec<Seed> {
    let event = sealed_events(&Record::inserted("accounts", &rows::account("user-1")))
        .unwrap()
        .remove(0);
    let document: Value = serde_json::from_str(&event.body).unwrap();
    let token = document["data"]["contact"]["sealed"].as_str().unwrap();
    let parts: Vec<_> = token
        .split('.')
        .map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    let behind_header = [b"\n", parts[2].as_slice(), &parts[3], &parts[4]].concat();
    let headers = [
        r#"{"alg":"none","enc":"A256GCM","kid":"x"}"#.to_owned(),
        format!(
            r#"{{"kid":"{}/contact","enc":"A256GCM","alg":"dir","zip":"DEF","crit":["exp"]}}"#,
            event.id
        ),
    ];
    let others = headers.into_iter().enumerate().map(|(place, header)| {
        (
            "token",
            format!("header-{place}"),
            [header.into_bytes(), behind_header.clone()].concat(),
        )
    });
    let own = [
        ("token", "event.json".to_owned(), event.body.clone().into_bytes()),
        ("token", "token".to_owned(), token.as_bytes().to_vec()),
        (
            "token",
            "parts".to_owned(),
            [parts[0].as_slice(), &behind_header].concat(),
        ),
    ];
    own.into_iter().chain(others).collect()
}

/// A parked record, and the notice and the object of a failure bucket.
fn parked() -> Vec<Seed> {
    let record = Record::modified("accounts", &rows::account("user-1"), &rows::account("user-1"));
    let error = Error::new(
        Code::RowDoesNotFit,
        "account row: required attribute `email` is missing",
    );
    let time = Time::parse("2026-03-01T12:00:00Z").unwrap();
    let event = json!({ "Records": [record.json()] });
    let notice = json!({ "Records": [{ "eventSource": "aws:s3", "s3": {
        "bucket": { "name": "failures" }, "object": { "key": "aws/lambda/2026%2F03+01", "size": 1 },
    } }] });
    let announcement = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "failures" });
    [
        ("record.json", record.json().to_string()),
        (
            "odd-record.json",
            "{\"eventID\":\"\u{FFFE}\",\"b\":[\"\\ud800\",1e999]}".to_owned(),
        ),
        (
            "message.json",
            parked_message(&RawRecord::read(&record.raw()), &error, time).unwrap(),
        ),
        ("notice.json", notice.to_string()),
        ("announcement.json", announcement.to_string()),
        (
            "failure.json",
            json!({ "version": "1.0", "payload": event }).to_string(),
        ),
        (
            "failure-as-text.json",
            json!({ "version": "1.0", "payload": event.to_string() }).to_string(),
        ),
    ]
    .map(|(name, text)| ("parked", name.to_owned(), text.into_bytes()))
    .into()
}

/// The presets without their comments; files that are refused, each for another reason; and every fourth write of a
/// framework behind its preset.
fn mappings() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for preset in Preset::all() {
        let text = without_comments(&preset.text());
        for (place, case) in preset.cases.iter().enumerate().step_by(4) {
            let record = case.record(&preset.mapping);
            let name = format!("{}-{place:02}", preset.name);
            seeds.push(("mapped", name, format!("{text}\n---\n{record}").into_bytes()));
        }
        seeds.push(("mapping", format!("{}.yaml", preset.name), text.into_bytes()));
    }
    let refused = [
        ("empty", ""),
        ("version", "version: 2\ntables: []\n"),
        ("alias", "version: 1\ntables: &a\n  - *a\n"),
        (
            "deep",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ),
        (
            "members",
            "version: 1\ntables:\n  - table: t\n    keys: { partition: pk }\n    rows:\n      - kind: acount\n        ids: { user: \"{x\" }\n        attributes: { email: { present: a }, status: { map: b } }\n",
        ),
    ];
    seeds.extend(refused.map(|(name, text)| ("mapping", format!("refused-{name}.yaml"), text.into())));
    seeds
}

/// A fuzzer learns nothing from comments.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect()
}

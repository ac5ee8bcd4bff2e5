//! A second version beside the first: both are derived from one change, until the sunset of the first.

mod catalogue;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_aws::{Config, DataKeys, Limits, Publisher, Report};
use user_events_consumer::ReceivedEvent;
use user_events_core::description::schema;
use user_events_core::{Category, Registration, SealedEnvelope};
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics, rows};
use xtask::schemas::compatibility::breaks;

use catalogue::{CATEGORIES, ConsentChangedV1, Decision, UserConsentChangedEventV2};

/// Publishes these records with the publisher of a function, and returns the events.
async fn published(records: &[Record], replay: bool) -> (Vec<SealedEnvelope>, Report) {
    let read = |name: &str| (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}"));
    let mut config = Config::read(CATEGORIES, read).unwrap();
    config.publication.replay = replay;
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let data_keys = DataKeys::new(keys, config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking, data_keys);
    let raw: Vec<_> = records.iter().map(Record::raw).collect();
    let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
    let (response, report) = publisher
        .handle(
            &raw,
            Limits::new(Instant::now() + Duration::from_secs(10), Duration::ZERO),
        )
        .await
        .unwrap();
    assert_eq!(response.first_unsettled(), None);
    (topics.accepted(), report)
}

fn attribute<'a>(event: &'a SealedEnvelope, name: &str) -> Option<&'a str> {
    let mut attributes = event.attributes.iter();
    Some(
        attributes
            .find(|attribute| attribute.name == name)?
            .value
            .as_str(),
    )
}

fn document(event: &SealedEnvelope) -> Value {
    serde_json::from_str(&event.body).unwrap()
}

fn consent(change: impl Fn(&mut Value)) -> Value {
    let mut row = rows::consent("user-1");
    change(&mut row);
    row
}

fn schema_of(event_type: &str) -> Value {
    let registrations = CATEGORIES.iter().flat_map(|category| category.events);
    let mut found = registrations.filter(|event| event.event_type().as_str() == event_type);
    serde_json::to_value(schema(found.next().unwrap())).unwrap()
}

#[test(start_paused)]
async fn one_change_is_published_in_both_versions() {
    let record = Record::inserted("profiles", &rows::consent("user-1"));
    let (events, _) = published(&[record], false).await;
    let [first, second] = events.as_slice() else {
        panic!("two events: {events:?}")
    };
    assert_eq!(attribute(first, "eventVersion"), Some("1"));
    assert_eq!(attribute(second, "eventVersion"), Some("2"));
    assert_eq!(attribute(first, "eventName"), attribute(second, "eventName"));
    assert_eq!(document(first)["data"]["granted"], true);
    assert_eq!(document(second)["data"]["decision"], "GIVEN");
    assert_ne!(first.id, second.id, "each version has an identity of its own");
    assert_eq!(first.partition_key, second.partition_key);
    let sequence = |event| document(event)["sequence"].as_str().unwrap().to_owned();
    assert!(
        sequence(first) < sequence(second),
        "one lane, one after the other"
    );
}

#[test(start_paused)]
async fn only_the_version_with_a_sunset_says_so_on_its_messages() {
    let record = Record::inserted("profiles", &rows::consent("user-1"));
    let (events, _) = published(&[record], false).await;
    assert_eq!(attribute(&events[0], "sunset"), Some("2027-06-30"));
    assert_eq!(attribute(&events[1], "sunset"), None);
}

#[test(start_paused)]
async fn a_message_has_six_attributes_at_most_and_leaves_the_sunset_out_for_it() {
    let old = rows::account("user-1");
    let new = rows::with(old.clone(), json!({ "email": "new@example.com" }));
    let record = Record::modified("accounts", &old, &new);
    for (replay, last) in [(false, "sunset"), (true, "replay")] {
        let (events, report) = published(std::slice::from_ref(&record), replay).await;
        let names: Vec<_> = events[0]
            .attributes
            .iter()
            .map(|attribute| attribute.name)
            .collect();
        let expected = [
            "eventType",
            "eventName",
            "eventVersion",
            "category",
            "dataClasses",
            last,
        ];
        assert_eq!(names, expected);
        assert_eq!(
            report.deprecated,
            BTreeMap::from([("UserEmailChangedEventV1", 1)])
        );
    }
}

#[test(start_paused)]
async fn what_is_still_published_of_the_old_version_is_counted() {
    let consents = (0..3).map(|n| Record::inserted("profiles", &rows::consent(&format!("user-{n}"))).at(n));
    let (events, report) = published(&consents.collect::<Vec<_>>(), false).await;
    assert_eq!((events.len(), report.accepted), (6, 6));
    assert_eq!(
        report.deprecated,
        BTreeMap::from([("UserConsentChangedEventV1", 3)])
    );
    let lines = report.to_metrics("dev-profile", 1_772_366_400_000);
    let counted: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let old = counted.iter().find(|line| !line["Deprecated"].is_null()).unwrap();
    assert_eq!(old["Deprecated"], 3);
    assert_eq!(old["EventType"], "UserConsentChangedEventV1");
}

#[test(start_paused)]
async fn the_second_version_distinguishes_what_the_first_one_could_not() {
    let given = consent(|_| ());
    let renewed = consent(|row| row["policyVersion"] = json!("2027-01"));
    let withdrawn = consent(|row| row["granted"] = json!(false));
    let changes = [
        (Record::inserted("profiles", &given), (true, "GIVEN")),
        (Record::modified("profiles", &given, &renewed), (true, "RENEWED")),
        (
            Record::modified("profiles", &given, &withdrawn),
            (false, "WITHDRAWN"),
        ),
        (Record::modified("profiles", &withdrawn, &given), (true, "GIVEN")),
        (Record::inserted("profiles", &withdrawn), (false, "REFUSED")),
        (Record::removed("profiles", &given), (false, "ERASED")),
    ];
    for (record, (granted, decision)) in changes {
        let (events, _) = published(&[record], false).await;
        let data: Vec<_> = events
            .iter()
            .map(|event| document(event)["data"].clone())
            .collect();
        assert_eq!(data[0]["granted"], granted, "{decision}");
        assert_eq!(data[1]["decision"], decision);
    }
}

#[test]
fn the_schema_of_a_version_with_a_sunset_says_so() {
    let schema = schema_of("UserConsentChangedEventV1");
    assert_eq!(schema["deprecated"], true);
    assert_eq!(schema["x-sunset"], "2027-06-30");
    assert_eq!(schema["x-successor"], "UserConsentChangedEventV2");
    assert_eq!(schema_of("UserConsentChangedEventV2").get("deprecated"), None);
}

#[test]
fn the_second_version_could_not_have_been_the_first_one_changed() -> Result<()> {
    let released = schema(&Registration::new::<
        user_events_catalog::profile::UserConsentChangedEventV1,
    >());
    let released = serde_json::to_value(released)?;
    assert_eq!(breaks(&released, &schema_of("UserConsentChangedEventV1"))?, []);
    let found = breaks(&released, &schema_of("UserConsentChangedEventV2"))?;
    let paths: Vec<_> = found.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["$.granted", "$.source", "$.decision"]);
    Ok(())
}

#[test(start_paused)]
async fn a_reader_of_the_second_version_reads_the_first_one_too() -> Result<()> {
    let given = rows::consent("user-1");
    let withdrawn = consent(|row| row["granted"] = json!(false));
    let records = [
        Record::inserted("profiles", &given),
        Record::modified("profiles", &given, &withdrawn).at(1),
    ];
    let (events, _) = published(&records, false).await;
    let mut read = Vec::new();
    for event in &events {
        let event = ReceivedEvent::from_message_body(&event.body)?;
        let consent = event.read_upcast::<ConsentChangedV1, UserConsentChangedEventV2>()?;
        assert_eq!(consent.user_id, "user-1");
        read.push((event.event_type().to_owned(), consent.decision));
    }
    let first = || "UserConsentChangedEventV1".to_owned();
    let second = || "UserConsentChangedEventV2".to_owned();
    assert_eq!(
        read,
        [
            (first(), Decision::Given.into()),
            (second(), Decision::Given.into()),
            (first(), Decision::Withdrawn.into()),
            (second(), Decision::Withdrawn.into()),
        ]
    );
    Ok(())
}

/// The errors in the sunsets of a catalog.
fn unfit_sunsets(categories: &[&Category]) -> Vec<String> {
    let mut unfit = Vec::new();
    for category in categories {
        let named = |name: &str| {
            category
                .events
                .iter()
                .any(|event| event.event_type().as_str() == name)
        };
        for event in category.events {
            let event_type = event.event_type();
            let version: u32 = event_type.version().parse().unwrap_or_default();
            let next = format!("{}EventV{}", event_type.name(), version + 1);
            let Some(sunset) = event.sunset() else {
                if named(&next) {
                    unfit.push(format!("{next} is beside {event_type}, which has no sunset"));
                }
                continue;
            };
            let day = sunset.date.parse::<jiff::civil::Date>();
            if !day.is_ok_and(|day| day.to_string() == sunset.date) {
                unfit.push(format!("the sunset of {event_type} is no RFC 3339 full date"));
            }
            if sunset.successor != next || !named(&next) {
                unfit.push(format!(
                    "the successor of {event_type} is not {next} in its category"
                ));
            }
        }
    }
    unfit
}

#[test]
fn every_sunset_is_a_day_and_has_a_successor_and_every_successor_a_sunset_before_it() {
    assert_eq!(unfit_sunsets(user_events_catalog::CATEGORIES), [""; 0]);
    // The catalog of the tests lacks one on purpose.
    assert_eq!(
        unfit_sunsets(CATEGORIES),
        ["the successor of UserEmailChangedEventV1 is not UserEmailChangedEventV2 in its category"]
    );
}

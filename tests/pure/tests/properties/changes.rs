//! Properties of any change: it gives the same events every time, bookkeeping gives none, and no event has extra data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::{Disposition, SealedEnvelope};
use user_events_testkit::PERSONAL;

use super::generated::{attribute, bookkeeping, change};
use crate::registry::validator_of;
use crate::support::{opened, sealed_events, sealed_events_of, thin_events};

/// A value, or a part of one, that must appear only where the test put it.
const CANARY: &str = "canary-7f3a";

/// The validators of all events' data, by `dataschema`, and the envelope's.
static EVENTS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let mut validators = BTreeMap::new();
    for category in CATEGORIES {
        for event in category.events {
            for folder in ["", "thin/"] {
                let path = format!("{folder}{}/{}.json", category.name, event.event_type());
                let validator = validator_of(&path).unwrap();
                validators.insert(format!("urn:user-events:schemas/{path}"), validator);
            }
        }
    }
    validators
});
static ENVELOPE: LazyLock<Validator> = LazyLock::new(|| validator_of("envelope.json").unwrap());

proptest! {
    #[test]
    fn any_change_gives_the_same_events_however_its_json_is_written(change in change()) {
        let record = change.record();
        let spread_out: Box<RawValue> =
            serde_json::from_str(&serde_json::to_string_pretty(record.json()).unwrap()).unwrap();
        let first = sealed_events(&record).map_err(|error| error.to_string());
        prop_assert_eq!(&first, &sealed_events(&record).map_err(|error| error.to_string()));
        prop_assert_eq!(&first, &sealed_events_of(&spread_out).map_err(|error| error.to_string()));
    }

    #[test]
    fn bookkeeping_is_no_event(change in bookkeeping()) {
        prop_assert_eq!(sealed_events(&change.record()).unwrap(), []);
    }

    #[test]
    fn an_attribute_that_no_contract_lists_never_appears(
        mut change in change(),
        name in select(&["unlisted", "passwordHash", "canary-7f3a", "Email"][..]),
        value in attribute_with_canary(),
    ) {
        change.old.insert(name.to_owned(), json!({ "S": CANARY }));
        change.new.insert(name.to_owned(), value);
        for event in sealed_events(&change.record()).unwrap_or_default() {
            let document = opened(&event).unwrap().to_string();
            prop_assert!(!document.contains(CANARY), "{}", document);
            prop_assert!(!event.attributes.iter().any(|attribute| attribute.value.contains(CANARY)));
        }
    }

    #[test]
    fn personal_data_is_never_in_clear_text(mut change in change()) {
        for name in PERSONAL {
            change.old.insert((*name).to_owned(), json!({ "S": format!("{CANARY} before") }));
            change.new.insert((*name).to_owned(), json!({ "S": CANARY }));
        }
        let record = change.record();
        for events in [sealed_events(&record), thin_events(&record)] {
            for event in events.unwrap_or_default() {
                prop_assert!(!event.body.contains(CANARY), "{}", event.body);
            }
        }
    }

    #[test]
    fn no_error_quotes_a_value(mut change in change(), place in any::<Index>(), value in attribute_with_canary()) {
        let names: Vec<_> = change.new.keys().cloned().collect();
        let name = &names[place.index(names.len().max(1)).min(names.len() - 1)];
        change.new.insert(name.clone(), value.clone());
        change.old.insert(name.clone(), value);
        if let Err(error) = sealed_events(&change.record()) {
            prop_assert!(!error.to_string().contains(CANARY), "{}", error);
            prop_assert!(disposition(error) == Disposition::Park);
        }
    }
}

#[test]
fn every_event_is_what_its_schema_and_the_envelopes_say() {
    let (changes, events) = (AtomicU32::new(0), AtomicU32::new(0));
    let mut runner = TestRunner::new(Config {
        source_file: Some(file!()),
        ..Config::default()
    });
    let outcome = runner.run(&change(), |change| {
        changes.fetch_add(1, Ordering::Relaxed);
        let published = sealed_events(&change.record()).unwrap_or_default();
        events.fetch_add(u32::from(!published.is_empty()), Ordering::Relaxed);
        are_valid(&published)?;
        are_valid(&thin_events(&change.record()).unwrap_or_default())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}\n{runner}"));
    let (changes, events) = (changes.into_inner(), events.into_inner());
    assert!(
        events * 4 > changes,
        "only {events} of {changes} changes were events: the rows are too odd"
    );
}

fn are_valid(published: &[SealedEnvelope]) -> Result<(), TestCaseError> {
    let ids: BTreeSet<_> = published.iter().map(|event| &event.id).collect();
    prop_assert_eq!(ids.len(), published.len(), "every event has an id of its own");
    let mut sequence = String::new();
    for event in published {
        let document: Value = serde_json::from_str(&event.body).unwrap();
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        for (validator, instance) in [
            (&EVENTS[text("dataschema")], &document["data"]),
            (&*ENVELOPE, &document),
        ] {
            let errors: Vec<_> = validator
                .iter_errors(instance)
                .map(|error| error.to_string())
                .collect();
            prop_assert!(errors.is_empty(), "{:?} in {}", errors, document);
        }
        prop_assert!(!has_null(&document), "{}", document);
        let attributes = document.as_object().unwrap().values().filter_map(Value::as_str);
        prop_assert!(
            attributes.flat_map(str::chars).all(is_accepted_by_cloudevents),
            "{}",
            document
        );
        prop_assert!(event.body.chars().all(is_taken_by_sqs));
        prop_assert_eq!(text("id"), &event.id);
        prop_assert_eq!(event.id.as_bytes()[14], b'5', "a UUIDv5");
        prop_assert_eq!(text("partitionkey"), &event.partition_key);
        prop_assert!(
            is_message_group_id(&event.partition_key),
            "{}",
            event.partition_key
        );
        let lane = match document["data"]["attemptId"].as_str() {
            Some(attempt) => format!("attempts/{attempt}"),
            None => text("subject").to_owned(),
        };
        prop_assert!(lane == event.partition_key || event.partition_key.len() == 64);
        prop_assert!(
            text("sequence") > sequence.as_str(),
            "the events of a change are in order"
        );
        sequence = text("sequence").to_owned();
        prop_assert!(event.attributes.len() <= 6 && event.attributes.iter().all(|one| !one.value.is_empty()));
    }
    Ok(())
}

fn attribute_with_canary() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "S": CANARY })),
        Just(json!({ "B": CANARY })),
        Just(json!({ "N": CANARY })),
        Just(json!({ "SS": [CANARY, "other"] })),
        Just(json!({ "BOOL": CANARY })),
        Just(json!(CANARY)),
        Just(json!({ CANARY: {} })),
        attribute().prop_map(|value| json!({ "M": { CANARY: { "L": [{ "S": CANARY }, value] } } })),
    ]
}

fn disposition(error: anyhow::Error) -> Disposition {
    error.downcast::<user_events_core::Error>().unwrap().disposition()
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// Amazon SNS API Reference, *Publish*: 1 to 128 ASCII letters, digits and punctuation.
fn is_message_group_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Amazon SQS API Reference, *SendMessage*.
fn is_taken_by_sqs(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// CloudEvents 1.0.2, *Type System*, `String`: no control characters and no noncharacters.
fn is_accepted_by_cloudevents(c: char) -> bool {
    let noncharacter = ('\u{FDD0}'..='\u{FDEF}').contains(&c) || u32::from(c) % 0x1_0000 >= 0xFFFE;
    !c.is_control() && !noncharacter
}

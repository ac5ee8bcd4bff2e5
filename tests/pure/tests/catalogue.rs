//! The requirements on every event of the catalog, checked from the registry.

use std::collections::BTreeSet;

use serde_json::Value;
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::description::{self, sample_nonce};
use user_events_core::{Derivation, Envelope, Registration, derive};
use user_events_testkit::{Record, rows};

use crate::registry::{sealed_example, validator_of};
use crate::support::{all_registrations, key_ring, publication, root};

fn schema(category: &str, registration: &Registration) -> Value {
    let path = root().join(format!("schemas/{category}/{}.json", registration.event_type()));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_categories_are_the_four_of_the_tables_and_each_has_events() {
    let names: Vec<_> = CATEGORIES.iter().map(|category| category.name).collect();
    assert_eq!(names, ["account", "profile", "authentication", "access"]);
    assert!(CATEGORIES.iter().all(|category| !category.events.is_empty()));
}

#[test]
fn a_type_is_a_name_the_word_event_and_a_major_version() {
    for (_, registration) in all_registrations() {
        let event_type = registration.event_type();
        let name = event_type.name();
        assert!(
            event_type
                .version()
                .parse::<u32>()
                .is_ok_and(|version| version > 0),
            "{event_type}"
        );
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{event_type}");
        assert!(
            name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.contains("Event"),
            "{event_type}"
        );
        assert_eq!(
            schema_title(registration),
            event_type.as_str(),
            "the Rust type has the type's name"
        );
    }
}

fn schema_title(registration: &Registration) -> String {
    description::schema(registration)
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn every_example_is_valid_against_its_schema_and_the_envelopes() {
    let envelopes = validator_of("envelope.json").unwrap();
    for (category, registration) in all_registrations() {
        let document = sealed_example(category, registration);
        let events = validator_of(&format!("{category}/{}.json", registration.event_type())).unwrap();
        for (validator, instance) in [(&events, &document["data"]), (&envelopes, &document)] {
            let errors: Vec<_> = validator
                .iter_errors(instance)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", registration.event_type());
        }
    }
}

#[test]
fn every_example_fills_every_field() {
    for (category, registration) in all_registrations() {
        let document = sealed_example(category, registration);
        let filled: BTreeSet<_> = document["data"].as_object().unwrap().keys().cloned().collect();
        let fields: BTreeSet<_> = schema(category, registration)["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(filled, fields, "{}", registration.event_type());
    }
}

#[test]
fn a_sample_change_is_its_event_and_no_other() {
    for (category, registration) in all_registrations() {
        let record = registration.sample_change().decoded().unwrap();
        let categories = if registration.is_of_snapshot() {
            [SNAPSHOTS, &[&snapshot::CATEGORY]].concat()
        } else {
            CATEGORIES.to_vec()
        };
        let Derivation::Events(events) = derive(&categories, &record).unwrap() else {
            panic!("{}: the row has an unknown kind", registration.event_type());
        };
        let types: Vec<_> = events
            .iter()
            .map(|event| (event.category(), event.event_type()))
            .collect();
        assert_eq!(types, [(category, registration.event_type())]);
    }
}

#[test]
fn every_field_is_in_a_class_or_says_why_it_is_public() {
    for (category, registration) in all_registrations() {
        for (name, field) in schema(category, registration)["properties"].as_object().unwrap() {
            let class = field["x-class"].as_str();
            let why = field["x-public"].as_str();
            assert!(
                class.is_some() != why.is_some_and(|why| !why.is_empty()),
                "{} {name}: say with #[schemars(extend(\"x-public\" = …))] why everybody may read it, or seal it",
                registration.event_type()
            );
        }
    }
}

#[test]
fn what_was_published_is_read_back_as_the_same_type() {
    for (category, registration) in all_registrations() {
        let document = sealed_example(category, registration);
        let read = registration.read_back(document["data"].clone()).unwrap();
        assert_eq!(read, document["data"], "{}", registration.event_type());
    }
}

#[test]
fn a_sealed_member_is_named_after_its_class_and_says_so_in_the_attributes() {
    let record = Record::inserted("accounts", &rows::account("user-1"))
        .decoded()
        .unwrap();
    for (category, registration) in all_registrations() {
        let envelope = Envelope::new(registration.example(category), 0, &record, &publication()).unwrap();
        let classes = envelope.classes().to_vec();
        let event = envelope.seal(&key_ring(), &mut sample_nonce).unwrap();
        let document: Value = serde_json::from_str(&event.body).unwrap();
        let members = document["data"].as_object().unwrap();
        let sealed: Vec<_> = members
            .iter()
            .filter(|(_, member)| member.get("sealed").is_some())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(sealed, classes, "{}", registration.event_type());
        assert_eq!(registration.classes(), classes, "{}", registration.event_type());
        let attribute = event
            .attributes
            .iter()
            .find(|attribute| attribute.name == "dataClasses");
        let expected = (!classes.is_empty()).then(|| Value::from(classes).to_string());
        assert_eq!(
            attribute.map(|attribute| attribute.value.clone()),
            expected,
            "{}",
            registration.event_type()
        );
        assert!(
            event.attributes.len() <= 6,
            "raw delivery discards a message with more than ten attributes"
        );
    }
}

#[test]
fn no_example_is_null_anywhere() {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.iter().any(has_null),
            Value::Object(members) => members.values().any(has_null),
            _ => false,
        }
    }
    for (category, registration) in all_registrations() {
        assert!(
            !has_null(&sealed_example(category, registration)),
            "{}",
            registration.event_type()
        );
    }
}

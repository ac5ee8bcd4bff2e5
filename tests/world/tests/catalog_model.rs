//! Rules for the texts of the catalog, read from the model that the documents, the site and the command share.

use std::collections::BTreeSet;

use serde_json::Value;
use user_events::catalog::model::{Catalog, Disclosure, Field, Kind};

#[test]
fn every_member_inside_a_class_has_that_class_and_no_other_field_has_members() {
    for event in Catalog::read().unwrap().events() {
        for field in &event.fields {
            let Disclosure::Class(class) = &field.disclosure else {
                assert!(field.members.is_empty(), "{} {}", event.event_type, field.name);
                continue;
            };
            assert_eq!(&field.name, class, "a member is named after its class");
            assert!(
                !field.members.is_empty(),
                "{} {class} holds nothing",
                event.event_type
            );
            let schema = &event.schema["properties"][&field.name];
            assert_eq!(schema["x-public"], Value::Null, "{} {class}", event.event_type);
            for member in &field.members {
                assert_eq!(
                    member.disclosure, field.disclosure,
                    "{} {}",
                    event.event_type, member.name
                );
            }
        }
    }
}

#[test]
fn every_field_and_every_value_of_an_enumeration_has_a_description() {
    let catalog = Catalog::read().unwrap();
    let members = |field: &Field| {
        let members = field.members.clone();
        std::iter::once(field.clone()).chain(members)
    };
    for event in catalog.events() {
        assert_sentences(&event.event_type, &event.meaning);
        for field in event.fields.iter().flat_map(members) {
            let place = format!("{} {}", event.event_type, field.name);
            assert_sentences(&place, &field.meaning);
            for value in &field.values {
                assert_sentences(&format!("{place} {}", value.value), &value.meaning);
            }
            assert_eq!(field.kind == Kind::OneOf, !field.values.is_empty(), "{place}");
        }
    }
    for class in &catalog.classes {
        assert_sentences(&class.name, &class.description);
    }
    for category in &catalog.categories {
        assert_sentences(&category.name, &category.description);
    }
}

#[test]
fn every_event_says_when_it_is_published_when_not_and_what_to_do() {
    for event in Catalog::read().unwrap().events() {
        for (part, text) in [
            ("published", &event.published),
            ("not_published", &event.not_published),
            ("consumers", &event.consumers),
        ] {
            assert_sentences(&format!("{} GUIDE {part}", event.event_type), text);
            assert!(text.len() > 20, "{} GUIDE {part} is too short", event.event_type);
        }
    }
}

#[test]
fn every_name_in_a_text_of_the_catalog_exists() {
    let catalog = Catalog::read().unwrap();
    let types: BTreeSet<_> = catalog.events().map(|event| event.event_type.as_str()).collect();
    for event in catalog.events() {
        for text in [
            &event.meaning,
            &event.published,
            &event.not_published,
            &event.consumers,
        ] {
            let code = text.split('`').skip(1).step_by(2);
            for name in code.filter(|name| name.contains("EventV")) {
                assert!(
                    types.contains(name),
                    "{} names {name}, which does not exist",
                    event.event_type
                );
            }
        }
    }
}

#[test]
fn every_field_has_an_example_somewhere_in_the_catalog() {
    let catalog = Catalog::read().unwrap();
    for event in catalog.events() {
        for field in &event.fields {
            assert!(
                field.example.is_some() || field.kind == Kind::Sealed,
                "{} {}",
                event.event_type,
                field.name
            );
        }
    }
    for class in &catalog.classes {
        for member in &class.members {
            assert!(member.example.is_some(), "{} {}", class.name, member.name);
        }
    }
}

/// Asserts that a text begins and ends like a sentence, and closes its code spans.
fn assert_sentences(place: &str, text: &str) {
    let begins = text.starts_with(|first: char| first.is_ascii_uppercase() || first == '`');
    assert!(
        begins && text.ends_with('.') && !text.contains('\n') && !text.contains("  "),
        "{place}: write whole sentences: {text:?}"
    );
    assert_eq!(text.matches('`').count() % 2, 0, "{place}: {text:?}");
}

//! Properties of any mapping and any item.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use user_events_core::{Mapping, SealedEnvelope};

use super::canaries::has_canary;
use super::generated::{Item, TABLE, edited, edited_elsewhere, item, mapping_text};
use super::presets::{events, mapping, record};
use crate::support::opened;

/// The events of a change, or the reason why it is parked.
fn outcome(mapping: &Mapping, old: Option<&Item>, new: Option<&Item>) -> Result<Vec<SealedEnvelope>, String> {
    let record = record(mapping, TABLE, old, new, false);
    let events = events(mapping, &record).map_err(|error| error.to_string())?;
    Ok(events.unwrap_or_default())
}

/// An item with the same keys that no rule matches.
fn without_a_rule(item: &Item) -> Item {
    let mut bare: Item = ["PK", "SK"]
        .into_iter()
        .map(|name| (name.to_owned(), item[name].clone()))
        .collect();
    bare.insert("type".to_owned(), json!({ "S": "GUARD" }));
    bare
}

/// Whether a change is no event. An item without an identifier, which does not fit, is parked.
fn is_no_event(mapping: &Mapping, old: &Item, new: &Item) -> bool {
    match outcome(mapping, Some(old), Some(new)) {
        Ok(events) => events.is_empty(),
        Err(_) => outcome(mapping, None, Some(new)).is_err(),
    }
}

/// An item, and the same item after a change.
fn change() -> impl Strategy<Value = (Item, Item)> {
    item().prop_flat_map(|old| (Just(old.clone()), edited(old)))
}

/// An item, and the same item after a change of what no rule names.
fn change_elsewhere() -> impl Strategy<Value = (Item, Item)> {
    item().prop_flat_map(|old| (Just(old.clone()), edited_elsewhere(old)))
}

proptest! {
    #[test]
    fn a_record_that_is_mapped_twice_gives_the_same_bytes(text in mapping_text(), (old, new) in change()) {
        let first = outcome(&mapping(&text), Some(&old), Some(&new));
        let again = mapping(&text);
        prop_assert_eq!(&first, &outcome(&again, Some(&old), Some(&new)));
        prop_assert_eq!(&first, &outcome(&again, Some(&old), Some(&new)));
    }

    #[test]
    fn an_inserted_row_is_made_from_the_new_item_alone(text in mapping_text(), item in item()) {
        let mapping = mapping(&text);
        prop_assert_eq!(
            outcome(&mapping, None, Some(&item)),
            outcome(&mapping, Some(&without_a_rule(&item)), Some(&item))
        );
    }

    #[test]
    fn a_removed_row_is_made_from_the_old_item_alone(text in mapping_text(), item in item()) {
        let mapping = mapping(&text);
        // An item without an identifier is parked when it is removed. If it is written, only the new one has to fit.
        if let Ok(removed) = outcome(&mapping, Some(&item), None) {
            prop_assert_eq!(Ok(removed), outcome(&mapping, Some(&item), Some(&without_a_rule(&item))));
        }
    }

    #[test]
    fn a_change_of_what_no_rule_names_is_no_event(text in mapping_text(), (old, new) in change_elsewhere()) {
        prop_assert!(is_no_event(&mapping(&text), &old, &new));
    }

    #[test]
    fn a_write_that_changes_nothing_is_no_event(text in mapping_text(), item in item()) {
        prop_assert!(is_no_event(&mapping(&text), &item, &item));
    }

    #[test]
    fn the_ids_of_the_events_of_a_record_differ(text in mapping_text(), (old, new) in change()) {
        for (old, new) in [(None, Some(&new)), (Some(&old), Some(&new)), (Some(&old), None)] {
            let events = outcome(&mapping(&text), old, new).unwrap_or_default();
            let mut ids: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), events.len());
        }
    }

    #[test]
    fn neither_an_event_nor_a_reason_shows_what_no_rule_names(text in mapping_text(), (mut old, mut new) in change()) {
        old.insert("other1".to_owned(), json!({ "S": "canary" }));
        new.insert("other2".to_owned(), json!({ "M": { "canary": { "S": "canary" } } }));
        match outcome(&mapping(&text), Some(&old), Some(&new)) {
            Err(reason) => prop_assert!(!has_canary(&reason), "{}", reason),
            Ok(events) => for event in events {
                let document = opened(&event).unwrap().to_string();
                prop_assert!(!has_canary(&document), "{}", document);
            },
        }
    }
}

/// The properties above would hold for a mapping that never gives anything.
#[test]
fn generated_changes_become_events_and_seldom_park() {
    let (events, parked, several) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    // With the same cases every time: counts of random ones would fall below a limit now and then.
    let config = Config {
        cases: 500,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&(mapping_text(), change()), |(text, (old, new))| {
            match outcome(&mapping(&text), Some(&old), Some(&new)) {
                Err(_) => parked.fetch_add(1, Ordering::Relaxed),
                Ok(made) if made.len() > 1 => several.fetch_add(1, Ordering::Relaxed),
                Ok(made) => events.fetch_add(u32::from(!made.is_empty()), Ordering::Relaxed),
            };
            Ok::<_, TestCaseError>(())
        })
        .unwrap();
    let counts = [events, several, parked].map(AtomicU32::into_inner);
    let [events, several, parked] = counts;
    assert!(
        events + several > 150 && several > 50 && (20..250).contains(&parked),
        "one event, several, parked: {counts:?}"
    );
}

/// The language says so of a sealed value: it is in no readable part of an event.
#[test]
fn a_mapped_address_is_only_in_the_sealed_part() {
    let mut runner = TestRunner::new(Config {
        cases: 200,
        ..Config::default()
    });
    runner
        .run(&(mapping_text(), item()), |(text, mut item)| {
            item.insert("text1".to_owned(), json!({ "S": "canary@example.com" }));
            for event in outcome(&mapping(&text), None, Some(&item)).unwrap_or_default() {
                let body: Value = serde_json::from_str(&event.body).unwrap();
                prop_assert!(!has_canary(&body.to_string()), "{}", body);
            }
            Ok(())
        })
        .unwrap();
}

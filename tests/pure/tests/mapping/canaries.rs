//! What no rule names never comes out: not in an event, not in a reason.
//!
//! In the cases of the presets, every value that must not come out contains `canary`: attributes that no rule names,
//! tokens of sessions, hashes of passwords, addresses in keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::presets::{Case, Preset, events, events_of};
use crate::support::{opened, thin_publication};

/// Whether a text contains a value that must not come out.
pub(super) fn has_canary(text: &str) -> bool {
    text.to_ascii_lowercase().contains("canary")
}

/// All that an event shows, with every class opened.
fn shown(preset: &Preset, record: &Value) -> Result<Vec<String>, String> {
    let events = events(&preset.mapping, record).map_err(|error| format!("{error} {error:?}"))?;
    Ok(events
        .unwrap_or_default()
        .iter()
        .map(|event| {
            let attributes: Vec<_> = event.attributes.iter().map(|one| one.value.as_ref()).collect();
            let document = opened(event).unwrap();
            format!(
                "{} {} {} {document}",
                event.id,
                event.partition_key,
                attributes.join(" ")
            )
        })
        .collect())
}

/// Every value inside an item, as the JSON pointer of its attribute value.
fn places(item: &Map<String, Value>) -> Vec<String> {
    fn walk(at: &str, members: &Map<String, Value>, places: &mut Vec<String>) {
        for (name, value) in members {
            let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if let Some(inner) = value.get("M").and_then(Value::as_object) {
                walk(&format!("{place}/M"), inner, places);
            }
            places.push(place);
        }
    }
    let mut places = Vec::new();
    walk("", item, &mut places);
    places
}

/// The case with another value at a place of both of its items, if they have it.
fn with(case: &Case, place: &str, value: &Value) -> Case {
    let set = |item: &Option<Map<String, Value>>| {
        let mut item = Value::Object(item.clone()?);
        if let Some(found) = item.pointer_mut(place) {
            *found = value.clone();
        }
        item.as_object().cloned()
    };
    Case {
        old: set(&case.old),
        new: set(&case.new),
        ..case.clone()
    }
}

#[test]
fn no_event_of_any_write_shows_what_no_rule_names() {
    let mut canaries = 0;
    for preset in Preset::all() {
        for case in &preset.cases {
            let record = case.record(&preset.mapping);
            canaries += record.to_string().to_ascii_lowercase().matches("canary").count();
            for event in shown(&preset, &record).unwrap() {
                assert!(!has_canary(&event), "{}: {}: {event}", preset.name, case.name);
            }
        }
    }
    assert!(canaries > 300, "the cases have only {canaries} canaries");
}

#[test]
fn a_thin_event_of_any_write_has_identifiers_only() {
    let publication = thin_publication();
    let mut thin = 0;
    for preset in Preset::all() {
        for case in &preset.cases {
            let record = case.record(&preset.mapping);
            let events = events_of(&publication, &preset.mapping, &record)
                .unwrap()
                .unwrap_or_default();
            assert_eq!(events.len(), case.events.len(), "{}: {}", preset.name, case.name);
            for event in events {
                let body = &event.body;
                let personal = ["@", "Example", "+1-202", "192.0.2."];
                assert!(!has_canary(body), "{body}");
                assert!(!personal.iter().any(|part| body.contains(part)), "{body}");
                thin += 1;
            }
        }
    }
    assert!(thin > 90, "{thin} events");
}

#[test]
fn no_reason_quotes_a_value_whatever_an_item_holds() {
    let odd = [
        json!({ "L": [{ "S": "canary-odd" }] }),
        json!({ "M": { "canary-name": { "S": "canary-odd" } } }),
        json!({ "B": "Y2FuYXJ5" }),
        json!({ "BOOL": true }),
        json!({ "N": "31337.5" }),
        json!({ "SS": ["canary-odd", "canary-even"] }),
        json!({ "S": "" }),
        json!({ "S": "canary\u{7f}odd" }),
        json!({ "X": "canary-odd" }),
    ];
    let mut reasons = 0;
    for preset in Preset::all() {
        let mut tried = BTreeSet::new();
        for case in &preset.cases {
            let item = case.new.as_ref().or(case.old.as_ref()).unwrap();
            for place in places(item) {
                // Each attribute once for each kind of change.
                let change = (case.old.is_some(), case.new.is_some(), !case.events.is_empty());
                if !tried.insert((&case.table, place.clone(), change)) {
                    continue;
                }
                for value in &odd {
                    let record = with(case, &place, value).record(&preset.mapping);
                    if let Err(reason) = shown(&preset, &record) {
                        assert!(
                            !has_canary(&reason) && !reason.contains("31337"),
                            "{}: {}: {place}: {reason}",
                            preset.name,
                            case.name
                        );
                        reasons += 1;
                    }
                }
            }
        }
    }
    assert!(reasons > 500, "only {reasons} records were parked");
}

#[test]
fn a_value_that_no_rule_names_can_be_anything() {
    let mut changed = 0;
    for preset in Preset::all() {
        for case in &preset.cases {
            let before = shown(&preset, &case.record(&preset.mapping)).unwrap();
            let table = preset.mapping.table(&case.table).unwrap();
            // These are compared, or part of an identifier.
            let mut read = vec!["password", "PasswordHash", table.partition_key()];
            read.extend(table.sort_key());
            for (name, value) in case.new.iter().chain(&case.old).flatten() {
                if !has_canary(&value.to_string())
                    || value.get("M").is_some()
                    || read.contains(&name.as_str())
                {
                    continue;
                }
                let place = format!("/{name}");
                for other in [
                    json!({ "M": { "canary": { "N": "1" } } }),
                    json!({ "NULL": true }),
                ] {
                    let record = with(case, &place, &other).record(&preset.mapping);
                    let after = shown(&preset, &record);
                    assert_eq!(
                        after.as_ref(),
                        Ok(&before),
                        "{}: {}: {name}",
                        preset.name,
                        case.name
                    );
                    changed += 1;
                }
            }
        }
    }
    assert!(changed > 300, "only {changed} values were changed");
}

//! A table without an entry keeps the native shape: the same events, to the byte, and the same reasons.

use serde_json::Value;
use user_events_catalog::{CATEGORIES, registrations};

use super::presets::{Preset, events};
use crate::support::{golden, opened, sealed_events_of};

#[test]
fn every_example_of_the_catalog_gives_the_same_bytes_with_a_mapping_of_other_tables() {
    let presets = Preset::all();
    for (_, registration) in registrations() {
        let record = registration.sample_change().record();
        let raw = serde_json::value::to_raw_value(&record).unwrap();
        let unmapped = sealed_events_of(&raw).unwrap();
        assert!(!unmapped.is_empty());
        for preset in &presets {
            let mapped = events(&preset.mapping, &record).unwrap().unwrap();
            assert_eq!(mapped, unmapped, "{}: {}", preset.name, registration.event_type());
        }
    }
    assert!(CATEGORIES.len() > 1);
}

#[test]
fn every_odd_record_gives_its_golden_outcome_with_a_mapping_of_other_tables() {
    let presets = Preset::all();
    let mut files = 0;
    for file in std::fs::read_dir(golden("records")).unwrap() {
        let path = file.unwrap().path();
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for preset in &presets {
            let outcome = match events(&preset.mapping, &recorded["record"]) {
                Err(error) => {
                    serde_json::json!({ "parked": { "code": error.code().as_str(), "message": error.message() } })
                }
                Ok(None) => Value::from("skipped"),
                Ok(Some(events)) => {
                    let documents: Vec<_> = events.iter().map(|event| opened(event).unwrap()).collect();
                    serde_json::json!({ "events": documents })
                }
            };
            assert_eq!(
                outcome,
                recorded["outcome"],
                "{}: {}",
                preset.name,
                path.display()
            );
        }
        files += 1;
    }
    assert!(files >= 10, "{files} files");
}

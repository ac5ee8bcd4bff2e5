//! Every write of a framework becomes exactly its events.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use user_events_core::{Attribute, Image, Time};

use super::presets::{Case, PRESETS, Preset, events};
use crate::support::{compare_with_golden, golden, opened, root};

#[test]
fn every_write_of_a_framework_becomes_exactly_its_events() {
    let mut differences = Vec::new();
    let mut writes = 0;
    for preset in Preset::all() {
        for case in &preset.cases {
            differences.extend(differences_of(&preset, case));
            writes += 1;
        }
    }
    assert!(
        writes >= 100 && differences.is_empty(),
        "{writes} writes\n{}",
        differences.join("\n")
    );
}

/// How the events of a case differ from those that it names.
fn differences_of(preset: &Preset, case: &Case) -> Vec<String> {
    let place = format!("{}: {}", preset.name, case.name);
    let documents = match documents(preset, case) {
        Ok(documents) => documents,
        Err(reason) => return vec![format!("{place}: parked: {reason}")],
    };
    let is: Vec<_> = documents
        .iter()
        .map(|event| (text(&event["type"]), text(&event["subject"])))
        .collect();
    let wanted: Vec<_> = case
        .events
        .iter()
        .map(|event| (event.r#type.clone(), event.subject.clone()))
        .collect();
    if is != wanted {
        return vec![format!("{place}:\n  is     {is:?}\n  wanted {wanted:?}")];
    }
    let mut differences = Vec::new();
    for (document, expected) in documents.iter().zip(&case.events) {
        for (name, value) in &expected.data {
            if &document["data"][name] != value {
                differences.push(format!(
                    "{place}: {}: `{name}` is {} and not {value}",
                    expected.r#type, document["data"][name]
                ));
            }
        }
    }
    differences
}

#[test]
fn the_events_of_every_write_are_as_their_golden_file_says() {
    let mut differences = Vec::new();
    let mut expected = BTreeSet::new();
    for preset in Preset::all() {
        for case in preset.cases.iter().filter(|case| !case.events.is_empty()) {
            let documents = Value::from(documents(&preset, case).unwrap());
            let path = format!("mappings/{}/{}.json", preset.name, file_name(&case.name));
            let text = format!("{documents:#}\n");
            differences.extend(
                compare_with_golden(&path, &text)
                    .err()
                    .map(|error| error.to_string()),
            );
            assert!(expected.insert(path), "two cases are called {:?}", case.name);
        }
    }
    let mut files = BTreeSet::new();
    for preset in PRESETS {
        for file in std::fs::read_dir(golden(&format!("mappings/{preset}"))).unwrap() {
            files.insert(format!(
                "mappings/{preset}/{}",
                file.unwrap().file_name().to_str().unwrap()
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(files, expected, "files of cases that are gone; remove them");
}

#[test]
fn every_preset_and_every_file_of_cases_is_in_the_list() {
    for (folder, extension) in [("mappings", ".yaml"), ("tests/mappings", ".json")] {
        let files: BTreeSet<_> = std::fs::read_dir(root().join(folder))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(extension).map(str::to_owned))
            .collect();
        assert_eq!(files, PRESETS.map(str::to_owned).into(), "{folder}");
    }
}

#[test]
fn every_rule_of_a_preset_makes_a_row_of_a_case() {
    for preset in Preset::all() {
        let mut rules: BTreeSet<(&str, &str)> = BTreeSet::new();
        for table in preset.mapping.tables() {
            rules.extend(table.rules().map(|(rule, _)| (table.pattern(), rule)));
        }
        for case in &preset.cases {
            let table = preset.mapping.table(&case.table).unwrap();
            for item in case.new.iter().chain(&case.old) {
                for applied in table.apply(&image(item), None, Time::UNIX_EPOCH) {
                    if applied.result.as_ref().is_ok_and(|rows| !rows.is_empty()) {
                        let found = rules
                            .iter()
                            .find(|(pattern, rule)| *pattern == table.pattern() && *rule == applied.rule());
                        if let Some(found) = found.copied() {
                            rules.remove(&found);
                        }
                    }
                }
            }
        }
        assert_eq!(rules, BTreeSet::new(), "{}: rules without a case", preset.name);
    }
}

fn image(item: &Map<String, Value>) -> Image {
    let attributes = item.iter().map(|(name, value)| {
        let attribute: Attribute = serde_json::from_value(value.clone()).unwrap();
        (name.clone(), attribute)
    });
    attributes.collect()
}

/// The documents of the events, with every class opened.
fn documents(preset: &Preset, case: &Case) -> Result<Vec<Value>, String> {
    let events = events(&preset.mapping, &case.record(&preset.mapping)).map_err(|error| error.to_string())?;
    Ok(events
        .unwrap_or_default()
        .iter()
        .map(|event| opened(event).unwrap())
        .collect())
}

/// A name of a case as the name of a file.
fn file_name(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

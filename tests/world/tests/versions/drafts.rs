//! The schemas in older drafts: valid events stay valid, and invalid ones stay invalid.

use jsonschema::{Draft as Known, Validator};
use serde_json::Value;
use xtask::schemas::lower::{Draft, lowered, write_copies};

use super::instances::{Trial, trials};
use crate::support::root;

const DRAFTS: [(Draft, Known); 2] = [(Draft::Seven, Known::Draft7), (Draft::Four, Known::Draft4)];

fn validator(schema: &Value, known: Known) -> Validator {
    jsonschema::options()
        .with_draft(known)
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

#[test]
fn every_copy_fits_the_meta_schema_of_its_draft() {
    for trial in trials() {
        for (draft, _) in DRAFTS {
            let copy = lowered(&trial.schema, draft).unwrap();
            assert_eq!(copy["$schema"], draft.meta_schema());
            let result = jsonschema::meta::validate(&copy);
            assert!(result.is_ok(), "{} in {draft:?}: {:?}", trial.name, result.err());
        }
    }
}

#[test]
fn every_copy_says_the_same_of_every_example_and_of_what_is_wrong_with_it() {
    let mut compared = 0;
    for trial in trials() {
        let newest = validator(&trial.schema, Known::Draft202012);
        for (draft, known) in DRAFTS {
            let older = validator(&lowered(&trial.schema, draft).unwrap(), known);
            for instance in &trial.valid {
                assert!(newest.is_valid(instance), "{}", trial.name);
                let errors: Vec<_> = older
                    .iter_errors(instance)
                    .map(|error| error.to_string())
                    .collect();
                assert!(errors.is_empty(), "{} in {draft:?}: {errors:?}", trial.name);
            }
            for wrong in &trial.wrong {
                assert!(
                    !newest.is_valid(&wrong.instance),
                    "{}: {}",
                    trial.name,
                    wrong.instance
                );
                // A draft does not check a format that it does not know.
                let unknown = draft == Draft::Four && wrong.format.as_deref() == Some("uri-reference");
                assert_eq!(
                    older.is_valid(&wrong.instance),
                    unknown,
                    "{} in {draft:?}: {}",
                    trial.name,
                    wrong.instance
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "only {compared} wrong instances were tried");
}

#[test]
fn no_copy_holds_a_word_of_a_newer_draft() {
    const NEW: [&str; 4] = ["$defs", "contentSchema", "deprecated", "prefixItems"];
    const NEWER_THAN_FOUR: [&str; 5] = ["$id", "const", "examples", "contentMediaType", "contentEncoding"];
    fn words(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                for (name, value) in members {
                    found.push(name.clone());
                    words(value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| words(item, found)),
            _ => {}
        }
    }
    for Trial { name, schema, .. } in trials() {
        for (draft, known) in DRAFTS {
            let mut found = Vec::new();
            words(&lowered(&schema, draft).unwrap(), &mut found);
            let newer = NEWER_THAN_FOUR.iter().filter(|_| known == Known::Draft4);
            let left: Vec<_> = NEW
                .iter()
                .chain(newer)
                .filter(|word| found.contains(&(**word).to_owned()))
                .collect();
            assert!(left.is_empty(), "{name} in {draft:?}: {left:?}");
        }
    }
}

#[test]
fn the_copies_are_written_as_files_of_the_same_names() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_copies(Draft::Seven, folder.path()).unwrap();
    for path in &written {
        assert!(root().join("schemas").join(path).is_file(), "{}", path.display());
        let copy: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.path().join(path)).unwrap()).unwrap();
        assert_eq!(copy["$schema"], Draft::Seven.meta_schema());
    }
    let all = user_events_catalog::all_registrations().count();
    // Each event has a fat and a thin form; all share one envelope.
    let all = 2 * all + 1;
    assert_eq!(written.len(), all);
}

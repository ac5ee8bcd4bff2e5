//! The files that are generated from the registry are up to date, and their links and examples work.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use user_events::catalog::model::Catalog;
use user_events_local::workspace::Workspace;
use xtask::documents::{self, asyncapi};

use crate::support::root;

#[test]
fn what_is_generated_in_the_repository_is_that_of_the_types() {
    let stale = documents::stale(&Workspace::find().unwrap()).unwrap();
    let names: Vec<_> = stale.iter().map(|path| path.display().to_string()).collect();
    assert!(stale.is_empty(), "run cargo schemas: {}", names.join(", "));
}

#[test]
fn the_documents_are_the_same_each_time() {
    assert_eq!(documents::render().unwrap(), documents::render().unwrap());
}

#[test]
fn every_link_in_a_generated_page_leads_somewhere() {
    let mut followed = 0;
    for (path, page) in documents::render().unwrap() {
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        for target in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => resolved(path.parent().unwrap(), file),
            };
            let there = root().join(&file);
            assert!(there.exists(), "{}: {target} does not exist", path.display());
            if !anchor.is_empty() {
                let text = fs::read_to_string(there).unwrap();
                assert!(
                    anchors(&text).contains(anchor),
                    "{}: {target} has no such heading",
                    path.display()
                );
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "only {followed} links were found");
}

fn resolved(folder: &Path, link: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in link.split('/') {
        match part {
            ".." => assert!(path.pop(), "{link} leaves the project"),
            part => path.push(part),
        }
    }
    path
}

/// The anchors of a page's headings, in GitHub's format.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let text = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = |letter: &char| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter);
            text.chars().filter(kept).collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_event_has_its_place_in_every_document() {
    let catalogue = Catalog::read().unwrap();
    let rendered = documents::render().unwrap();
    let text = |path: &str| &rendered[Path::new(path)];
    let protection = text("docs/data-protection.md");
    for event in catalogue.events() {
        let page = text(&format!("docs/events/{}.md", event.category));
        let heading = format!("\n## {}\n", event.event_type);
        assert_eq!(page.matches(&heading).count(), 1, "{}", event.event_type);
        assert!(text("docs/events/README.md").contains(&event.event_type));
        assert!(protection.contains(&event.event_type), "{}", event.event_type);
        for class in &event.classes {
            assert!(protection.contains(&format!("\n### {class}\n")));
        }
    }
}

#[test]
fn every_message_of_the_asyncapi_document_holds_its_example_and_no_other() {
    let catalogue = Catalog::read().unwrap();
    let document = asyncapi::document(&catalogue).unwrap();
    let messages = document["components"]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), catalogue.events().count());
    for (event_type, message) in messages {
        let reference = format!("#/components/messages/{event_type}/payload/schema");
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": reference,
            "components": document["components"],
        });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        let payload = &message["examples"][0]["payload"];
        let errors: Vec<_> = validator
            .iter_errors(payload)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{event_type}: {errors:?}");
        for spoilt in [
            with(payload, "/type", json!("UserMovedEventV1")),
            with(payload, "/sequence", json!("1")),
            with(payload, "/data", json!({})),
        ] {
            assert!(!validator.is_valid(&spoilt), "{event_type} accepts {spoilt}");
        }
        let headers = jsonschema::draft7::new(&message["headers"]).unwrap();
        assert!(
            headers.is_valid(&message["examples"][0]["headers"]),
            "{event_type}"
        );
        assert!(
            !headers.is_valid(&json!({ "eventType": event_type })),
            "{event_type}"
        );
    }
}

fn with(payload: &Value, pointer: &str, value: Value) -> Value {
    let mut payload = payload.clone();
    *payload.pointer_mut(pointer).unwrap() = value;
    payload
}

//! The optional stack that registers the schemas: it has all of them, in drafts that the registries accept.

use std::path::Path;

use jsonschema::Draft as Known;
use serde_json::Value;
use user_events::schemas::render;
use xtask::schemas::registry;

use super::instances::trials;
use crate::support::root;

/// The largest template that CloudFormation accepts from a bucket, in bytes.
const MAX_TEMPLATE_BYTES: u64 = 1_000_000;

fn resources() -> Vec<(String, Value)> {
    let template = user_events_local::template::load(&root().join(registry::PATH)).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    resources
        .iter()
        .map(|(name, resource)| (name.clone(), resource.clone()))
        .collect()
}

/// The properties of the resources of a type.
fn of_type(wanted: &str) -> Vec<Value> {
    let resources = resources().into_iter();
    resources
        .filter(|(_, resource)| resource["Type"] == wanted)
        .map(|(_, resource)| resource["Properties"].clone())
        .collect()
}

#[test]
fn every_schema_is_registered_in_both_registries_under_a_name_that_they_take() {
    let all = render().unwrap().len();
    let names = |kind: &str, property: &str| -> Vec<String> {
        let named = of_type(kind).into_iter();
        named
            .map(|properties| properties[property].as_str().unwrap().to_owned())
            .collect()
    };
    let glue = names("AWS::Glue::Schema", "Name");
    assert_eq!(glue.len(), all);
    assert!(glue.contains(&"account-UserDeletedEventV1".to_owned()) && glue.contains(&"envelope".to_owned()));
    let takes = |c: char, more: &str| c.is_ascii_alphanumeric() || more.contains(c);
    assert!(
        glue.iter().all(|name| name.chars().all(|c| takes(c, "-_$#"))),
        "{glue:?}"
    );
    let bridge = names("AWS::EventSchemas::Schema", "SchemaName");
    assert_eq!(bridge.len(), all);
    assert!(bridge.contains(&"account@UserDeletedEventV1".to_owned()));
    assert!(
        bridge.iter().all(|name| name.chars().all(|c| takes(c, "-_.@"))),
        "{bridge:?}"
    );
    assert_eq!(of_type("AWS::Glue::SchemaVersion").len(), all);
}

#[test]
fn what_is_registered_fits_the_draft_and_takes_every_example() {
    let registered = [
        (
            "AWS::Glue::SchemaVersion",
            "SchemaDefinition",
            Known::Draft7,
            170_000,
        ),
        ("AWS::EventSchemas::Schema", "Content", Known::Draft4, 100_000),
    ];
    let trials = trials();
    for (kind, property, draft, most) in registered {
        for properties in of_type(kind) {
            let text = properties[property].as_str().unwrap();
            assert!(text.len() <= most, "{} characters", text.len());
            let schema: Value = serde_json::from_str(text).unwrap();
            let id = schema
                .get("$id")
                .or_else(|| schema.get("id"))
                .unwrap()
                .as_str()
                .unwrap();
            let path = id.strip_prefix("urn:user-events:schemas/").unwrap();
            assert!(jsonschema::meta::is_valid(&schema), "{kind} {path}");
            let validator = jsonschema::options()
                .with_draft(draft)
                .should_validate_formats(true)
                .build(&schema)
                .unwrap();
            let trial = trials.iter().find(|trial| trial.name == path).unwrap();
            for instance in &trial.valid {
                assert!(validator.is_valid(instance), "{kind} {path}");
            }
        }
    }
}

#[test]
fn a_new_definition_is_a_new_version_and_the_old_ones_stay() {
    for (name, resource) in resources() {
        // Glue refuses to change the definition that a schema was created with.
        assert!(
            resource["Type"] != "AWS::Glue::Schema"
                || resource["Properties"].get("SchemaDefinition").is_none()
        );
        if resource["Type"] == "AWS::Glue::SchemaVersion" {
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
        }
    }
}

#[test]
fn the_template_is_not_larger_than_cloudformation_takes() {
    let bytes = Path::new(root()).join(registry::PATH).metadata().unwrap().len();
    assert!(bytes <= MAX_TEMPLATE_BYTES, "{bytes} bytes");
    assert!(resources().len() <= 500, "resources in one template");
}

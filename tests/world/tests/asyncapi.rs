//! The AsyncAPI document, read by the parser of its maintainers.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use user_events::catalog::model::Catalog;

use crate::node;
use crate::support::root;

const SCRIPT: &str = "parse.mjs";

/// The severities of a finding: 0 is an error, 1 a warning.
const WARNING: u64 = 1;

/// The findings of the parser about a document.
fn parsed(document: &Path) -> Result<Value> {
    let scripts = node::scripts("asyncapi", &[SCRIPT])?;
    let output = Command::new("node")
        .arg(scripts.join(SCRIPT))
        .arg(document)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn grave(answer: &Value) -> Vec<&Value> {
    let found = answer["found"].as_array().into_iter().flatten();
    found
        .filter(|finding| {
            finding["severity"]
                .as_u64()
                .is_none_or(|severity| severity <= WARNING)
        })
        .collect()
}

#[test]
fn the_parser_finds_neither_error_nor_warning_and_every_event() -> Result<()> {
    let answer = parsed(&root().join("docs/asyncapi.json"))?;
    ensure!(grave(&answer).is_empty(), "{:#}", answer["found"]);
    let catalogue = Catalog::read()?;
    // The parser lists them by channel, and those of snapshots have one of their own.
    let of_snapshot = |wanted| {
        catalogue
            .events()
            .filter(move |event| event.is_of_snapshot == wanted)
    };
    let events: Vec<_> = of_snapshot(false)
        .chain(of_snapshot(true))
        .map(|event| event.event_type.as_str())
        .collect();
    let categories: Vec<_> = catalogue
        .categories
        .iter()
        .map(|category| &category.name)
        .collect();
    ensure!(answer["messages"] == json!(events), "{}", answer["messages"]);
    ensure!(answer["channels"] == json!(categories), "{}", answer["channels"]);
    Ok(())
}

#[test]
fn the_parser_finds_what_is_broken_on_purpose() -> Result<()> {
    let whole: Value = serde_json::from_str(&fs::read_to_string(root().join("docs/asyncapi.json"))?)?;
    let folder = tempfile::tempdir()?;
    for (name, pointer, value) in [
        (
            "an example with headers that are no object",
            "/components/messages/UserDeletedEventV1/examples/0/headers",
            json!(7),
        ),
        (
            "a channel that does not exist",
            "/operations",
            json!({ "x": { "action": "send", "channel": { "$ref": "#/channels/none" } } }),
        ),
        ("no title", "/info", json!({ "version": "1" })),
    ] {
        let mut broken = whole.clone();
        let place = broken.pointer_mut(pointer);
        ensure!(place.is_some(), "{pointer} is not in the document");
        place.into_iter().for_each(|place| *place = value.clone());
        let file = folder.path().join("asyncapi.json");
        fs::write(&file, broken.to_string())?;
        let answer = parsed(&file)?;
        ensure!(!grave(&answer).is_empty(), "the parser does not find {name}");
    }
    Ok(())
}

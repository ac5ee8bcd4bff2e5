//! The gate on changes made by hand: it reports a breaking change with its path, and lets a safe change pass.

use std::path::Path;

use serde_json::Value;
use user_events::schemas::render;
use xtask::schemas::compatibility::{Break, breaks};

use super::changes::{BREAKING, Change, SAFE};
use crate::support::root;

/// The schema before and after a change.
fn sides(change: &Change) -> (Value, Value) {
    let schemas = render().unwrap();
    let before: Value = serde_json::from_str(&schemas[Path::new(change.schema)]).unwrap();
    let mut after = before.clone();
    (change.make)(&mut after);
    // Compared as text, because another order of fields is a change, too.
    assert_ne!(
        before.to_string(),
        after.to_string(),
        "«{}» changes nothing",
        change.what
    );
    (before, after)
}

fn judged(change: &Change) -> Vec<Break> {
    let (before, after) = sides(change);
    breaks(&before, &after).unwrap()
}

#[test]
fn every_breaking_change_is_caught_where_it_breaks() {
    assert!(BREAKING.len() >= 20);
    for change in BREAKING {
        let found = judged(change);
        let paths: Vec<_> = found.iter().map(|found| found.path.as_str()).collect();
        assert!(
            paths.contains(&change.breaks.unwrap()),
            "«{}» of {}: {paths:?}",
            change.what,
            change.schema
        );
    }
}

#[test]
fn every_safe_change_passes() {
    assert!(SAFE.len() >= 20);
    for change in SAFE {
        let found = judged(change);
        assert!(
            found.is_empty(),
            "«{}» of {}: {found:?}",
            change.what,
            change.schema
        );
    }
}

#[test]
fn a_schema_serves_the_readers_of_itself() {
    for (path, text) in render().unwrap() {
        let schema = serde_json::from_str(&text).unwrap();
        assert_eq!(breaks(&schema, &schema).unwrap(), [], "{}", path.display());
    }
}

#[test]
fn any_field_that_is_taken_out_of_any_schema_is_caught() {
    for (path, text) in render().unwrap() {
        let before: Value = serde_json::from_str(&text).unwrap();
        for name in before["properties"].as_object().unwrap().keys() {
            let mut after = before.clone();
            after["properties"].as_object_mut().unwrap().shift_remove(name);
            let required = after["required"].as_array_mut().unwrap();
            required.retain(|required| required != name);
            let found = breaks(&before, &after).unwrap();
            let caught = found.iter().any(|found| found.path == format!("$.{name}"));
            assert!(caught, "{} without {name}: {found:?}", path.display());
        }
    }
}

/// The table of `docs/versioning.md`, with the verdicts of the gate.
fn table() -> String {
    let mut table = String::from("| change | of | the gate says |\n| --- | --- | --- |\n");
    for change in BREAKING.iter().chain(SAFE) {
        let found = judged(change);
        let name = Path::new(change.schema).file_stem().unwrap().to_string_lossy();
        let verdict = match found
            .iter()
            .find(|found| Some(found.path.as_str()) == change.breaks)
        {
            Some(found) => {
                let readers: Vec<_> = found.readers.iter().map(|readers| readers.name()).collect();
                format!("**breaks** {}: `{}`", readers.join(" and "), found.path)
            }
            None if found.is_empty() => "safe".to_owned(),
            None => format!("**breaks** elsewhere: {found:?}"),
        };
        table.push_str(&format!("| {} | {name} | {verdict} |\n", change.what));
    }
    table
}

#[test]
fn the_documented_table_is_what_the_gate_says() {
    const BEGIN: &str = "<!-- The gate fills this table: GOLDEN=write cargo test --test world versions -->\n";
    const END: &str = "<!-- The end of the table -->";
    let table = table();
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, table.as_bytes()).unwrap();
    let file = root().join("docs/versioning.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect(BEGIN);
    let (documented, after) = rest.split_once(END).expect(END);
    if std::env::var("GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::write(file, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        documented, table,
        "docs/versioning.md is stale; run GOLDEN=write cargo test --test world versions, and read what changed"
    );
}

//! A second implementation, the Python package `jsonschema`, agrees about the schemas and every example.

use std::io::{Seek, Write};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use xtask::schemas::lower::{Draft, lowered};

use super::instances::trials;
use crate::python::environment;
use crate::support::root;

/// Python's answer for the instances of each trial: the paths with errors.
fn asked(tasks: &[Value]) -> Result<Vec<Value>> {
    let folder = root().join("tests/jsonschema");
    let python = environment("jsonschema-venv", &folder.join("requirements.txt"))?;
    let mut lines = tempfile::tempfile()?;
    for task in tasks {
        writeln!(lines, "{task}")?;
    }
    lines.rewind()?;
    let output = Command::new(python)
        .arg(folder.join("validate.py"))
        .stdin(Stdio::from(lines))
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let answers: Vec<Value> = answers.collect::<Result<_, _>>()?;
    ensure!(
        answers.len() == tasks.len(),
        "{} of {} were answered",
        answers.len(),
        tasks.len()
    );
    Ok(answers)
}

fn errors(answer: &Value, place: usize) -> usize {
    answer["errors"][place].as_array().map_or(0, Vec::len)
}

#[test]
fn python_finds_every_schema_sound_every_example_valid_and_every_wrong_one_invalid() -> Result<()> {
    let trials = trials();
    let tasks = trials
        .iter()
        .map(|trial| json!({ "name": trial.name, "schema": trial.schema, "instances": trial.instances() }));
    let answers = asked(&tasks.collect::<Vec<_>>())?;
    for (trial, answer) in trials.iter().zip(&answers) {
        for place in 0..trial.valid.len() {
            ensure!(
                errors(answer, place) == 0,
                "{}: {}",
                trial.name,
                answer["errors"][place]
            );
        }
        for (place, wrong) in trial.wrong.iter().enumerate() {
            let found = errors(answer, trial.valid.len() + place);
            ensure!(found > 0, "{} counts as valid: {}", trial.name, wrong.instance);
        }
    }
    Ok(())
}

#[test]
fn python_finds_every_copy_in_an_older_draft_sound_and_every_example_valid() -> Result<()> {
    let trials = trials();
    let mut tasks = Vec::new();
    for trial in &trials {
        for draft in [Draft::Seven, Draft::Four] {
            let schema = lowered(&trial.schema, draft)?;
            tasks.push(json!({ "name": trial.name, "schema": schema, "instances": trial.valid }));
        }
    }
    for answer in asked(&tasks)? {
        for errors in answer["errors"].as_array().into_iter().flatten() {
            ensure!(*errors == json!([]), "{}: {errors}", answer["name"]);
        }
    }
    Ok(())
}

#[test]
fn python_refuses_a_schema_that_is_not_sound() {
    let unsound = json!({
        "name": "unsound", "schema": { "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "text" },
        "instances": [],
    });
    let refused = asked(&[unsound]).unwrap_err().to_string();
    assert!(
        refused.contains("unsound does not fit its meta-schema at $.type"),
        "{refused}"
    );
}

#[test]
fn every_schema_fits_the_meta_schema_of_2020_12() {
    for trial in trials() {
        assert_eq!(
            trial.schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        let result = jsonschema::meta::validate(&trial.schema);
        assert!(result.is_ok(), "{}: {:?}", trial.name, result.err());
    }
}

//! The compiled validators of all schemas.

use std::collections::HashMap;

use anyhow::{Context, Result};
use jsonschema::Validator;
use serde_json::{Value, json};
use user_events_catalog::all_registrations;

use super::expected::expected;
use super::finding::Problem;
use crate::schemas::render;

const ENVELOPE: &str = "envelope.json";

/// The validators of the envelope, of the data of each event, and of the content of each class.
pub(super) struct Schemas {
    envelope: Validator,
    events: HashMap<&'static str, Event>,
}

struct Event {
    path: String,
    data: Validator,
    classes: HashMap<String, Validator>,
}

impl Schemas {
    /// Compiles the schemas of this version, with format checks.
    ///
    /// Fails only when one of them is not a valid schema.
    pub(super) fn from_catalog() -> Result<Self> {
        let mut documents: HashMap<String, Value> = HashMap::new();
        for (path, text) in render()? {
            documents.insert(path.to_string_lossy().into_owned(), serde_json::from_str(&text)?);
        }
        let mut events = HashMap::new();
        for (category, registration) in all_registrations() {
            let event_type = registration.event_type().as_str();
            let path = format!("{category}/{event_type}.json");
            let schema = documents
                .get(&path)
                .with_context(|| format!("the schema {path} is missing"))?;
            let classes = registration.classes();
            let classes = classes.iter().filter_map(|class| {
                let content = &schema["properties"][class]["properties"]["sealed"]["contentSchema"];
                (!content.is_null()).then(|| Ok(((*class).to_owned(), validator(&within(schema, content))?)))
            });
            let event = Event {
                data: validator(schema)?,
                classes: classes.collect::<Result<_>>()?,
                path,
            };
            events.insert(event_type, event);
        }
        let envelope = documents
            .get(ENVELOPE)
            .context("the schema of the envelope is missing")?;
        Ok(Self {
            envelope: validator(envelope)?,
            events,
        })
    }

    /// The violations in the envelope.
    pub(super) fn envelope(&self, event: &Value) -> Vec<Problem> {
        let problem = |(pointer, expected)| Problem {
            schema: Some(ENVELOPE.to_owned()),
            pointer,
            opened_pointer: None,
            expected,
        };
        misfits(&self.envelope, event).into_iter().map(problem).collect()
    }

    /// The violations in the data. `None` for an unknown type.
    pub(super) fn data(&self, event_type: &str, data: &Value) -> Option<Vec<Problem>> {
        let event = self.events.get(event_type)?;
        let problem = |(pointer, expected)| Problem {
            schema: Some(event.path.clone()),
            pointer: format!("/data{pointer}"),
            opened_pointer: None,
            expected,
        };
        Some(misfits(&event.data, data).into_iter().map(problem).collect())
    }

    /// The violations in the decrypted content of a class. `None` for an unknown type or class.
    pub(super) fn content(&self, event_type: &str, class: &str, content: &Value) -> Option<Vec<Problem>> {
        let event = self.events.get(event_type)?;
        let validator = event.classes.get(class)?;
        let problem = |(pointer, expected)| Problem {
            schema: Some(event.path.clone()),
            pointer: format!("/data/{class}/sealed"),
            opened_pointer: Some(pointer),
            expected,
        };
        Some(misfits(validator, content).into_iter().map(problem).collect())
    }
}

fn validator(schema: &Value) -> Result<Validator> {
    let built = jsonschema::options().should_validate_formats(true).build(schema);
    built.map_err(|_| {
        anyhow::anyhow!(
            "a generated schema is not a valid JSON Schema; install the command again, or report this"
        )
    })
}

/// A nested schema with the definitions that it may refer to.
fn within(schema: &Value, content: &Value) -> Value {
    json!({ "$schema": schema["$schema"], "$defs": schema["$defs"], "allOf": [content] })
}

/// The JSON pointer and the expectation of each violation.
fn misfits(validator: &Validator, instance: &Value) -> Vec<(String, String)> {
    let errors = validator.iter_errors(instance);
    let misfits = errors.map(|error| (error.instance_path().to_string(), expected(error.kind())));
    misfits.collect()
}

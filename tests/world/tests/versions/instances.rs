//! Test instances for the schemas: every event's example, and copies of it with one error each.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use user_events::schemas::render;
use user_events_catalog::all_registrations;
use user_events_core::description::published_example;

use crate::registry::sealed_example;
use crate::support::thin_publication;

/// A schema and its test instances.
pub(super) struct Trial {
    pub(super) name: String,
    pub(super) schema: Value,
    /// Valid instances.
    pub(super) valid: Vec<Value>,
    /// Copies with one error each.
    pub(super) wrong: Vec<Wrong>,
}

/// An invalid instance.
pub(super) struct Wrong {
    pub(super) instance: Value,
    /// The format that it violates, if that is the error.
    pub(super) format: Option<String>,
}

/// One trial for each event, for its thin form, for the envelope, and for each class in an event.
pub(super) fn trials() -> Vec<Trial> {
    let schemas = render().unwrap();
    let schema = |path: &str| -> Value { serde_json::from_str(&schemas[&PathBuf::from(path)]).unwrap() };
    let thin = thin_publication();
    let mut trials = Vec::new();
    let mut envelopes = Vec::new();
    for (category, registration) in all_registrations() {
        let document = sealed_example(category, registration);
        let path = format!("{}/{}.json", category, registration.event_type());
        let described = schema(&path);
        for class in registration.classes() {
            let content = serde_json::to_value(user_events_core::description::schema(registration)).unwrap();
            let examples = of_class(&content, class);
            trials.push(Trial::of(format!("{path} {class}"), examples.0, vec![examples.1]));
        }
        trials.push(Trial::of(path.clone(), described, vec![document["data"].clone()]));
        envelopes.push(document);

        let path = format!("thin/{path}");
        let document = published_example(registration, category, &thin).document;
        trials.push(Trial::of(
            path.clone(),
            schema(&path),
            vec![document["data"].clone()],
        ));
        envelopes.push(document);
    }
    trials.push(Trial::of(
        "envelope.json".to_owned(),
        schema("envelope.json"),
        envelopes,
    ));
    trials
}

/// The schema of a sealed content as a schema of its own, and an instance with the example of each field.
fn of_class(schema: &Value, class: &str) -> (Value, Value) {
    let mut content = schema["properties"][class]["properties"]["sealed"]["contentSchema"].clone();
    let definition = content["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
    let fields = schema.pointer(definition).unwrap()["properties"]
        .as_object()
        .unwrap();
    let example: Map<_, _> = fields
        .iter()
        .filter_map(|(name, field)| Some((name.clone(), field["examples"].get(0)?.clone())))
        .collect();
    assert!(!example.is_empty(), "{class} has no examples");
    content["$defs"] = schema["$defs"].clone();
    content["$schema"] = schema["$schema"].clone();
    (content, Value::Object(example))
}

impl Trial {
    fn of(name: String, schema: Value, valid: Vec<Value>) -> Self {
        let wrong = wrong(&schema, &valid[0]);
        assert!(!wrong.is_empty(), "nothing can be wrong with {name}");
        Self {
            name,
            schema,
            valid,
            wrong,
        }
    }

    /// The valid instances, then the invalid ones.
    pub(super) fn instances(&self) -> Vec<&Value> {
        self.valid
            .iter()
            .chain(self.wrong.iter().map(|wrong| &wrong.instance))
            .collect()
    }
}

fn wrong(schema: &Value, valid: &Value) -> Vec<Wrong> {
    let definition = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'));
    let schema = definition.map_or(schema, |pointer| schema.pointer(pointer).unwrap());
    let mut all = Vec::new();
    let mut add = |instance: Value, format: Option<String>| all.push(Wrong { instance, format });
    for (name, field) in schema["properties"].as_object().unwrap() {
        let with = |value: Value| {
            let mut instance = valid.clone();
            instance[name] = value;
            instance
        };
        // No field of an event may be `null` or an empty list of lists.
        add(with(Value::Null), None);
        add(with(json!([[]])), None);
        if let Some(format) = field["format"].as_str() {
            let integer = field["type"] == "integer";
            add(
                with(if integer {
                    json!(-1)
                } else {
                    json!("not \\ of that format")
                }),
                (!integer).then(|| format.to_owned()),
            );
        }
        if schema["required"]
            .as_array()
            .is_some_and(|required| required.contains(&json!(name)))
        {
            let mut without = valid.clone();
            without.as_object_mut().unwrap().shift_remove(name);
            add(without, None);
        }
    }
    add(json!("no object"), None);
    all
}

#[test]
fn every_schema_is_tried() {
    let trials = trials();
    for path in render().unwrap().keys() {
        let path = path.to_str().unwrap();
        assert!(
            trials.iter().any(|trial| trial.name == path),
            "{path} has no test instance"
        );
    }
}

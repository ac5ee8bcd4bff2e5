//! Schemas as they are published: with examples, with the sunset, and for the thin form.

use std::collections::BTreeMap;

use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::description::example::published_example;
use crate::description::sample_key::{open_sample_members, sample_data_key, sample_nonce};
use crate::envelope::publication::Publication;
use crate::envelope::thin::{Detail, Thin, kept_fields};
use crate::event::derived::DerivedEvent;
use crate::event::registry::Registration;
use crate::event::sunset::Sunset;
use crate::stream::change::StreamRecord;

/// The base URL of callbacks in thin examples.
const SAMPLE_CALLBACK_BASE_URL: &str = "https://users.example.com";

/// The schema of an event's data, JSON Schema 2020-12, with the values of the example.
pub fn schema(registration: &Registration) -> Schema {
    let mut schema = registration.plain_schema();
    if let Some(sunset) = registration.sunset() {
        announce(sunset, &mut schema);
    }
    illustrate(&mut schema, registration.example(""));
    schema
}

/// The schema of the data of an event's thin form (event notification), JSON Schema 2020-12, with the values of the
/// example.
pub fn thin_schema(registration: &Registration) -> Schema {
    let publication = Publication {
        detail: Detail::Thin(Thin::from_registrations([registration], SAMPLE_CALLBACK_BASE_URL)),
        ..Publication::default()
    };
    let example = published_example(registration, "", &publication).document;
    let data = example.get("data").and_then(Value::as_object);
    thin_form(schema(registration), registration.resources(), data)
}

/// Marks the schema of a type with a sunset. Tools show `deprecated` (JSON Schema 2020-12 Validation, section 9.3).
fn announce(sunset: Sunset, schema: &mut Schema) {
    schema.insert("deprecated".to_owned(), json!(true));
    schema.insert("x-sunset".to_owned(), json!(sunset.date));
    schema.insert("x-successor".to_owned(), json!(sunset.successor));
}

/// Adds the values of an example to the properties of a schema. A sealed member gets no example itself, but the fields
/// of its class do.
fn illustrate(schema: &mut Schema, event: DerivedEvent) {
    let Some((data, opened)) = unsealed(event) else {
        return;
    };
    let mut classes = Vec::new();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            let class = property.get("x-class").and_then(Value::as_str);
            match (class, data.get(name)) {
                (Some(class), _) => {
                    let definition = property.pointer("/properties/sealed/contentSchema/$ref");
                    classes.push((
                        class.to_owned(),
                        definition.and_then(Value::as_str).unwrap_or_default().to_owned(),
                    ));
                }
                (None, Some(value)) => add_example(property, value),
                (None, None) => {}
            }
        }
    }
    for (class, definition) in classes {
        let pointer = format!("{}/properties", definition.trim_start_matches('#'));
        let properties = schema.pointer_mut(&pointer).and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if let Some(value) = opened.get(&class).and_then(|content| content.get(name)) {
                add_example(property, value);
            }
        }
    }
}

/// Makes a value the only example of a property.
fn add_example(property: &mut Value, value: &Value) {
    if let Some(property) = property.as_object_mut() {
        property.insert("examples".to_owned(), Value::from(vec![value.clone()]));
    }
}

/// The data of an event, and the content of its classes.
fn unsealed(mut event: DerivedEvent) -> Option<(Value, BTreeMap<String, Value>)> {
    const ANY_EVENT: &str = "example";
    for class in event.data.sensitive() {
        class
            .seal(
                ANY_EVENT,
                &sample_data_key(class.class()),
                None,
                sample_nonce().ok()?,
            )
            .ok()?;
    }
    let data: Value = serde_json::from_str(event.data.to_json().ok()?.get()).ok()?;
    let opened = open_sample_members(&data, ANY_EVENT).ok()?;
    Some((data, opened))
}

/// The schema of the thin form, from the schema of the event and an example of the thin form.
fn thin_form(mut schema: Schema, resources: &[&'static str], example: Option<&Map<String, Value>>) -> Schema {
    let kept = kept_fields(&schema);
    if let Some(Value::String(description)) = schema.get_mut("description") {
        description.push_str("\n\nThe thin form: identifiers and times, and a URL to ask for the rest.");
    }
    // Only classes have definitions, and a thin event has no class.
    schema.remove("$defs");
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| kept.contains(name));
        for (name, mut property) in added(resources) {
            if let Some(value) = example.and_then(|data| data.get(name)) {
                add_example(&mut property, value);
            }
            properties.insert(name.to_owned(), property);
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name.as_str().is_some_and(|name| kept.contains(name)));
        required.push("callback".into());
    }
    schema
}

/// The properties that only a thin event has.
fn added(resources: &[&'static str]) -> [(&'static str, Value); 2] {
    let version = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": StreamRecord::MAX_VERSION,
        "description": "The version of the row; of a removed row, its last one. Absent when the row has none.",
        "x-public": "a number of writes; readers need it to recognise a stale answer",
    });
    let callback = json!({
        "type": "string",
        "format": "uri",
        "description": "The URL to ask for the row, in a version that includes this event's change.",
        "x-public": "a URL without personal data; the service behind it checks who asks",
        "x-resources": resources,
    });
    [("version", version), ("callback", callback)]
}

//! The schemas, as components that the messages refer to.

use anyhow::Result;
use serde_json::{Map, Value, json};
use user_events::catalog::model::Catalog;

/// The format of the schemas in the document (AsyncAPI Specification 3.0.0, *Multi Format Schema Object*).
pub(super) const SCHEMA_FORMAT: &str = "application/schema+json;version=draft-2020-12";

pub(super) fn component_schemas(catalog: &Catalog) -> Result<Map<String, Value>> {
    let envelope = user_events::schemas::render()?;
    let envelope = envelope.get(std::path::Path::new("envelope.json"));
    let envelope: Value = serde_json::from_str(envelope.map(String::as_str).unwrap_or_default())?;
    let mut components = Map::new();
    components.insert("Envelope".to_owned(), component("Envelope", envelope));
    for event in catalog.events() {
        components.insert(
            event.event_type.clone(),
            component(&event.event_type, event.schema.clone()),
        );
    }
    Ok(components)
}

/// The schema as a component of the document, with its references rewritten to it.
fn component(name: &str, mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        // `schemaFormat` states the dialect, and an `$id` would become the base of the references.
        members.shift_remove("$schema");
        members.shift_remove("$id");
    }
    refer_into(&format!("#/components/schemas/{name}/schema"), &mut schema);
    json!({ "schemaFormat": SCHEMA_FORMAT, "schema": schema })
}

fn refer_into(base: &str, schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(reference) if name == "$ref" => {
                        *reference = format!("{base}{}", reference.trim_start_matches('#'));
                    }
                    other => refer_into(base, other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer_into(base, item)),
        _ => {}
    }
}

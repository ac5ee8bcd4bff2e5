//! The messages: headers and payload of each event.

use serde_json::{Map, Value, json};
use user_events::catalog::model::EventPage;

use super::schemas::SCHEMA_FORMAT;

/// A structured CloudEvents document in JSON (CloudEvents, *JSON Event Format*, section 3).
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";

pub(super) fn message(event: &EventPage) -> Value {
    let mut message = json!({
        "name": event.event_type,
        "title": event.name,
        "summary": event.meaning,
        "description": format!(
            "**{}:** {}\n\n**Not {}:** {}\n\n**What to do:** {}",
            if event.is_of_snapshot { "Sent" } else { "Published" },
            event.published,
            if event.is_of_snapshot { "sent" } else { "published" },
            event.not_published,
            event.consumers
        ),
        "contentType": CONTENT_TYPE,
        "correlationId": { "$ref": "#/components/correlationIds/request" },
        "tags": event.classes.iter().map(|class| json!({ "name": format!("class:{class}") })).collect::<Vec<_>>(),
        "headers": headers(event),
        "payload": { "schemaFormat": SCHEMA_FORMAT, "schema": payload(event) },
        "examples": [{
            "name": event.name,
            "summary": "The catalogue's example, encrypted with a public example key.",
            "headers": event
                .example
                .attributes
                .iter()
                .map(|attribute| (attribute.name.clone(), Value::from(attribute.value.as_str())))
                .collect::<Map<_, _>>(),
            "payload": event.example.envelope,
        }],
    });
    if !event.is_of_snapshot {
        message["x-filter-policy"] = event.filter_policy.clone();
    }
    if let Some(notice) = event.sunset_notice() {
        message["deprecated"] = Value::from(true);
        message["summary"] = Value::from(format!("{notice} {}", event.meaning));
    }
    message
}

/// The example's attributes that an event may lack: `dataClasses` if nothing is sealed, `sunset` if it is published again.
const NOT_ALWAYS: [&str; 2] = ["dataClasses", "sunset"];

/// The message attributes. SNS and SQS hold their values as strings.
fn headers(event: &EventPage) -> Value {
    let always = event.example.attributes.iter();
    let always: Vec<_> = always.map(|attribute| attribute.name.as_str()).collect();
    let mut properties: Map<_, _> = event
        .example
        .attributes
        .iter()
        .map(|attribute| {
            let schema = match attribute.name.as_str() {
                "dataClasses" => json!({ "type": "string", "x-data-type": attribute.data_type }),
                _ => {
                    json!({ "type": "string", "const": attribute.value, "x-data-type": attribute.data_type })
                }
            };
            (attribute.name.clone(), described(&attribute.name, schema))
        })
        .collect();
    let replay = json!({ "type": "string", "const": "true", "x-data-type": "String" });
    properties.insert("replay".to_owned(), described("replay", replay));
    json!({
        "type": "object",
        "description": "The message attributes. Filter policies match them.",
        "required": always.iter().filter(|name| !NOT_ALWAYS.contains(name)).collect::<Vec<_>>(),
        "properties": properties,
    })
}

fn described(name: &str, mut schema: Value) -> Value {
    let description = match name {
        "eventType" => "The event's type, with its version.",
        "eventName" => "The type without its version.",
        "eventVersion" => "The major version.",
        "category" => "The category.",
        "dataClasses" => "The data classes sealed in the event, a JSON array; absent if there is none.",
        "sunset" => "The last day on which the type is published; absent if the event is published again.",
        "replay" => "`true` if the event was redriven and may be late or repeated; absent otherwise.",
        _ => return schema,
    };
    schema["description"] = Value::from(description);
    schema
}

/// The envelope schema, narrowed to the event's type and data.
fn payload(event: &EventPage) -> Value {
    json!({
        "allOf": [
            { "$ref": "#/components/schemas/Envelope/schema" },
            {
                "type": "object",
                "properties": {
                    "type": { "const": event.event_type },
                    "data": { "$ref": format!("#/components/schemas/{}/schema", event.event_type) },
                },
            },
        ],
    })
}

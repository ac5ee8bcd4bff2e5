//! The catalogue as an AsyncAPI 3 document: one channel per category, one message per event.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::model::{Catalogue, CategoryPage, EventPage};
use super::retention::{SUBSCRIBER, number};
use crate::{schemas, template};

/// The format of the schemas in the document (AsyncAPI Specification 3.0.0, *Multi Format Schema Object*).
const SCHEMA_FORMAT: &str = "application/schema+json;version=draft-2020-12";
/// A structured CloudEvents document in JSON (CloudEvents, *JSON Event Format*, section 3).
const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The document. It is self-contained: every reference resolves inside it.
///
/// Fails if the subscriber template does not have the expected structure.
pub fn document(catalogue: &Catalogue) -> Result<Value> {
    let queues = queues()?;
    let mut channels = Map::new();
    let mut operations = Map::new();
    for category in &catalogue.categories {
        let name = &category.name;
        channels.insert(name.clone(), channel(category));
        operations.insert(format!("publish-{name}"), publish(category));
        operations.insert(format!("receive-{name}"), receive(category, &queues));
    }
    let messages = catalogue
        .events()
        .map(|event| (event.event_type.clone(), message(event)));
    Ok(json!({
        "asyncapi": "3.0.0",
        "id": "urn:user-events",
        "info": {
            "title": "user-events",
            "version": env!("CARGO_PKG_VERSION"),
            "description":
                "Domain events from changes in the user tables. One function per category reads a table's stream, derives \
                 the events, seals their personal data (envelope encryption, per data class) and publishes them to the \
                 category's SNS topic. Each subscriber reads its own SQS queue. Readers ignore fields, event types, \
                 enumeration values and classes that they do not know.",
            "tags": catalogue.categories.iter().map(tag).collect::<Vec<_>>(),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "sns": server("sns", "The topics. Publishing needs `sns:Publish`, subscribing needs `sns:Subscribe`."),
            "sqs": server("sqs", "The subscribers' queues. Reading needs `sqs:ReceiveMessage` and `sqs:DeleteMessage`."),
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages.collect::<Map<_, _>>(),
            "schemas": component_schemas(catalogue)?,
            "correlationIds": {
                "request": {
                    "description": "The request or process that caused the change; absent if the User Service did not record it.",
                    "location": "$message.payload#/correlationid",
                },
            },
            "securitySchemes": {
                "iam": {
                    "type": "http",
                    "scheme": "AWS4-HMAC-SHA256",
                    "description": "AWS Signature Version 4; IAM policies decide. A topic accepts subscribers from its own account only.",
                },
            },
        },
    }))
}

fn server(protocol: &str, description: &str) -> Value {
    json!({
        "host": format!("{protocol}.{{region}}.amazonaws.com"),
        "protocol": protocol,
        "description": description,
        "variables": {
            "region": { "description": "The AWS region of the deployment.", "default": "eu-west-1" },
        },
        "security": [{ "$ref": "#/components/securitySchemes/iam" }],
        "bindings": { protocol: {} },
    })
}

fn tag(category: &CategoryPage) -> Value {
    json!({ "name": category.name, "description": category.description })
}

fn channel(category: &CategoryPage) -> Value {
    let name = &category.name;
    let messages = category.events.iter().map(|event| {
        let reference = format!("#/components/messages/{}", event.event_type);
        (event.event_type.clone(), json!({ "$ref": reference }))
    });
    json!({
        "address": format!("{{stack}}-{name}.fifo"),
        "title": format!("Topic of the {name} events"),
        "description": format!(
            "{} The SSM parameter `/user-events/<stage>/topic/{name}` holds the topic's ARN. The message group is the \
             event's subject, and the deduplication ID is its `id`. A deployment may use standard topics instead: their \
             names have no `.fifo`, and they keep no order.",
            category.description
        ),
        "servers": [{ "$ref": "#/servers/sns" }],
        "parameters": {
            "stack": { "description": "The name of the deployed stack.", "default": "user-events-dev" },
        },
        "messages": messages.collect::<Map<_, _>>(),
        "tags": [tag(category)],
        "bindings": {
            "sns": {
                "name": format!("user-events-dev-{name}.fifo"),
                "ordering": { "type": "FIFO", "contentBasedDeduplication": false },
                "bindingVersion": "0.1.0",
            },
        },
    })
}

fn publish(category: &CategoryPage) -> Value {
    let name = &category.name;
    json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{name}") },
        "title": format!("Publish {name} events"),
        "summary": "The category's function publishes the events of one subject in the order of its changes.",
        "messages": message_references(category),
        "tags": [tag(category)],
    })
}

fn receive(category: &CategoryPage, queues: &Queues) -> Value {
    let name = &category.name;
    json!({
        "action": "receive",
        "channel": { "$ref": format!("#/channels/{name}") },
        "title": format!("Receive {name} events"),
        "summary": "A subscriber receives the events through its own queue, created by `infra/subscriber.yaml`.",
        "description":
            "The queue names are placeholders for a subscriber's own. `x-filter-policy` of each message is the filter \
             policy that accepts only that message.",
        "messages": message_references(category),
        "tags": [tag(category)],
        "bindings": { "sns": queues.subscription, "sqs": queues.queues },
    })
}

fn message_references(category: &CategoryPage) -> Vec<Value> {
    let reference = |event: &EventPage| {
        let reference = format!("#/channels/{}/messages/{}", category.name, event.event_type);
        json!({ "$ref": reference })
    };
    category.events.iter().map(reference).collect()
}

/// A subscriber's queues, as its template declares them.
struct Queues {
    subscription: Value,
    queues: Value,
}

fn queues() -> Result<Queues> {
    const NAMES: [&str; 3] = ["consumer.fifo", "consumer-dlq.fifo", "consumer-undelivered.fifo"];
    let [queue, dead_letters, undelivered] = NAMES;
    let template = template::parse(SUBSCRIBER)?;
    let property =
        |resource: &str, name: &str| number(&template, &format!("/Resources/{resource}/Properties/{name}"));
    let parameter = |name: &str| number(&template, &format!("/Parameters/{name}/Default"));
    let other = |name: &str, resource: &str| -> Result<Value> {
        Ok(json!({
            "name": name,
            "fifoQueue": true,
            "messageRetentionPeriod": property(resource, "MessageRetentionPeriod")?,
        }))
    };
    Ok(Queues {
        subscription: json!({
            "consumers": [{
                "protocol": "sqs",
                "endpoint": { "name": queue },
                "rawMessageDelivery": true,
                "redrivePolicy": { "deadLetterQueue": { "name": undelivered } },
            }],
            "bindingVersion": "0.1.0",
        }),
        queues: json!({
            "queues": [
                {
                    "name": queue,
                    "fifoQueue": true,
                    "visibilityTimeout": parameter("VisibilityTimeoutSeconds")?,
                    "receiveMessageWaitTime": property("Queue", "ReceiveMessageWaitTimeSeconds")?,
                    "messageRetentionPeriod": property("Queue", "MessageRetentionPeriod")?,
                    "redrivePolicy": {
                        "deadLetterQueue": { "name": dead_letters },
                        "maxReceiveCount": parameter("MaxReceiveCount")?,
                    },
                },
                other(dead_letters, "DeadLetterQueue")?,
                other(undelivered, "UndeliveredQueue")?,
            ],
            "bindingVersion": "0.2.0",
        }),
    })
}

fn message(event: &EventPage) -> Value {
    let mut message = json!({
        "name": event.event_type,
        "title": event.name,
        "summary": event.meaning,
        "description": format!(
            "**Published:** {}\n\n**Not published:** {}\n\n**What to do:** {}",
            event.published, event.not_published, event.consumers
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
        "x-filter-policy": event.filter_policy,
    });
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

fn component_schemas(catalogue: &Catalogue) -> Result<Map<String, Value>> {
    let envelope = schemas::render()?;
    let envelope = envelope.get(std::path::Path::new("envelope.json"));
    let envelope: Value = serde_json::from_str(envelope.map(String::as_str).unwrap_or_default())?;
    let mut components = Map::new();
    components.insert("Envelope".to_owned(), component("Envelope", envelope));
    for event in catalogue.events() {
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

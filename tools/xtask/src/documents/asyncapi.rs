//! The catalogue as an AsyncAPI 3 document: a channel for each category, a message for each event.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::retention::{SUBSCRIBER, number};
use user_events::catalog::model::{Catalog, CategoryPage, EventPage};
use user_events_local::template;

/// The format of the schemas in the document (AsyncAPI Specification 3.0.0, *Multi Format Schema Object*).
const SCHEMA_FORMAT: &str = "application/schema+json;version=draft-2020-12";
/// A structured CloudEvents document in JSON (CloudEvents, *JSON Event Format*, section 3).
const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The document. All that it refers to is in it.
///
/// Fails where the template of a subscriber has another form than this was written for.
pub fn document(catalog: &Catalog) -> Result<Value> {
    let queues = queues()?;
    let mut channels = Map::new();
    let mut operations = Map::new();
    for category in &catalog.categories {
        let name = &category.name;
        channels.insert(name.clone(), channel(category));
        operations.insert(format!("publish-{name}"), publish(category));
        operations.insert(format!("receive-{name}"), receive(category, &queues));
    }
    let messages = catalog
        .events()
        .map(|event| (event.event_type.clone(), message(event)));
    Ok(json!({
        "asyncapi": "3.0.0",
        "id": "urn:user-events",
        "info": {
            "title": "user-events",
            "version": env!("CARGO_PKG_VERSION"),
            "description":
                "Domain events from the changes of the user tables. A function for each category reads a table's stream, \
                 derives the events, seals the personal data in them by class, and publishes them to the category's SNS \
                 topic; subscribers read their own SQS queues. Whatever a reader does not know, it ignores: fields, event \
                 types, values of enumerations, classes.",
            "tags": catalog.categories.iter().map(tag).collect::<Vec<_>>(),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "sns": server("sns", "The topics. Publishing takes `sns:Publish`, subscribing `sns:Subscribe`."),
            "sqs": server("sqs", "The subscribers' queues. Reading one takes `sqs:ReceiveMessage` and `sqs:DeleteMessage`."),
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages.collect::<Map<_, _>>(),
            "schemas": component_schemas(catalog)?,
            "correlationIds": {
                "request": {
                    "description": "The request or process that the change belongs to; absent where the User Service did not note it.",
                    "location": "$message.payload#/correlationid",
                },
            },
            "securitySchemes": {
                "iam": {
                    "type": "http",
                    "scheme": "AWS4-HMAC-SHA256",
                    "description": "AWS Signature Version 4, by the policies of IAM. A topic takes subscribers of its own account only.",
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
            "region": { "description": "The region of the deployment.", "default": "eu-west-1" },
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
            "{} The topic's ARN is the parameter `/user-events/<stage>/topic/{name}` of the parameter store. The message \
             group is the event's subject, the deduplication id its `id`. A deployment may have standard topics instead, \
             whose names lack `.fifo` and which keep no order.",
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
        "summary": "What the function of the category does: the events of one subject in the order of its changes.",
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
        "summary": "What a subscriber does, with a queue of its own as the template `infra/subscriber.yaml` makes it.",
        "description":
            "The names of the queues stand for those of a subscriber. Every message names the filter policy that lets it \
             alone through as `x-filter-policy`.",
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

/// A subscriber's queues, by the template that makes them.
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
            "summary": "The example of the catalogue, sealed with a key that everybody may know.",
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

/// The attributes of the example that an event of its type may lack: nothing is sealed, or it is published again.
const NOT_ALWAYS: [&str; 2] = ["dataClasses", "sunset"];

/// The message attributes, their values as SNS and SQS hold them: as text.
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
        "description": "The message attributes. Filter policies decide by them.",
        "required": always.iter().filter(|name| !NOT_ALWAYS.contains(name)).collect::<Vec<_>>(),
        "properties": properties,
    })
}

fn described(name: &str, mut schema: Value) -> Value {
    let description = match name {
        "eventType" => "The event's type.",
        "eventName" => "The type without its version.",
        "eventVersion" => "The major version.",
        "category" => "The category.",
        "dataClasses" => "The classes that are sealed inside, a JSON list; absent where there is none.",
        "sunset" => "The last day on which the type is published; absent where the event is published again.",
        "replay" => "The event is published again, or late: its record was redriven. Absent otherwise.",
        _ => return schema,
    };
    schema["description"] = Value::from(description);
    schema
}

/// The envelope, with the event's own type and data.
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

fn component_schemas(catalog: &Catalog) -> Result<Map<String, Value>> {
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

/// A schema as a component of the document, which its references are then into.
fn component(name: &str, mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        // The format says it, and an id would be the base of its references.
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

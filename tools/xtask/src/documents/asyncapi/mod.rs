//! The catalogue as an AsyncAPI 3 document: a channel for each category, a message for each event.

mod channels;
mod messages;
mod schemas;

use anyhow::Result;
use serde_json::{Map, Value, json};

use user_events::catalog::model::Catalog;

use channels::{channel, publish, queues, receive, tag};
use messages::{CONTENT_TYPE, message};
use schemas::component_schemas;

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

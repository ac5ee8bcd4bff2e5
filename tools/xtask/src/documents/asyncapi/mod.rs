//! The catalogue as an AsyncAPI 3 document: one channel per category, one message per event.

mod channels;
mod messages;
mod schemas;

use anyhow::Result;
use serde_json::{Map, Value, json};

use user_events::catalog::model::Catalog;

use channels::{channel, publish, queues, receive, receive_snapshot, snapshot_channel, tag};
use messages::{CONTENT_TYPE, message};
use schemas::component_schemas;

/// The document. It is self-contained: every reference resolves inside it.
///
/// Fails if the subscriber template does not have the expected structure.
pub fn document(catalog: &Catalog) -> Result<Value> {
    let queues = queues()?;
    let mut channels = Map::new();
    let mut operations = Map::new();
    for category in catalog
        .categories
        .iter()
        .filter(|category| category.published().next().is_some())
    {
        let name = &category.name;
        channels.insert(name.clone(), channel(category));
        operations.insert(format!("publish-{name}"), publish(category));
        operations.insert(format!("receive-{name}"), receive(category, &queues));
    }
    channels.insert("snapshot".to_owned(), snapshot_channel(catalog));
    operations.insert("receive-snapshot".to_owned(), receive_snapshot(catalog));
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
                "Domain events from changes in the user tables. One function per category reads a table's stream, derives \
                 the events, seals their personal data (envelope encryption, per data class) and publishes them to the \
                 category's SNS topic. Each subscriber reads its own SQS queue. Readers ignore fields, event types, \
                 enumeration values and classes that they do not know.",
            "tags": catalog.categories.iter().map(tag).collect::<Vec<_>>(),
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
            "schemas": component_schemas(catalog)?,
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

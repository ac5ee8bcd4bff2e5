//! The channels and operations: the publisher's topics and the subscribers' queues.

use anyhow::Result;
use serde_json::{Map, Value, json};
use user_events::catalog::model::{Catalog, CategoryPage, EventPage};
use user_events_local::template;

use crate::documents::retention::{SUBSCRIBER, number};

pub(super) fn channel(category: &CategoryPage) -> Value {
    let name = &category.name;
    let messages = category.published().map(|event| {
        let reference = format!("#/components/messages/{}", event.event_type);
        (event.event_type.clone(), json!({ "$ref": reference }))
    });
    json!({
        "address": format!("{{stack}}-{name}.fifo"),
        "title": format!("Topic of the {name} events"),
        "description": format!(
            "{} The SSM parameter `/user-events/<stage>/topic/{name}` holds the topic's ARN. The message group is the \
             event's subject, and the deduplication ID is its `id`. A deployment may use standard topics instead: their \
             names have no `.fifo`, and they do not preserve order.",
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

pub(super) fn publish(category: &CategoryPage) -> Value {
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

pub(super) fn receive(category: &CategoryPage, queues: &Queues) -> Value {
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
    category.published().map(reference).collect()
}

/// The snapshot queue of one subscriber, which no topic feeds.
pub(super) fn snapshot_channel(catalog: &Catalog) -> Value {
    let messages = snapshots(catalog).map(|event| {
        let reference = format!("#/components/messages/{}", event.event_type);
        (event.event_type.clone(), json!({ "$ref": reference }))
    });
    json!({
        "address": "{subscriber}-snapshot.fifo",
        "title": "Snapshot queue of a subscriber",
        "description":
            "`user-events backfill` sends the state of all rows into it, for a subscriber that joins late. The message group is \
             the event's subject, and the deduplication ID is its `id`. Without order, the queue is a standard queue, and its \
             name has no `.fifo`.",
        "servers": [{ "$ref": "#/servers/sqs" }],
        "parameters": {
            "subscriber": { "description": "The name of the subscriber's stack.", "default": "consumer" },
        },
        "messages": messages.collect::<Map<_, _>>(),
    })
}

pub(super) fn receive_snapshot(catalog: &Catalog) -> Value {
    let messages = snapshots(catalog).map(|event| {
        let reference = format!("#/channels/snapshot/messages/{}", event.event_type);
        json!({ "$ref": reference })
    });
    json!({
        "action": "receive",
        "channel": { "$ref": "#/channels/snapshot" },
        "title": "Receive a snapshot",
        "summary": "A subscriber reads its snapshot queue to the end, and then its live queue.",
        "messages": messages.collect::<Vec<_>>(),
    })
}

fn snapshots(catalog: &Catalog) -> impl Iterator<Item = &EventPage> {
    catalog.events().filter(|event| event.is_of_snapshot)
}

/// A subscriber's queues, as its template declares them.
pub(super) struct Queues {
    subscription: Value,
    queues: Value,
}

pub(super) fn queues() -> Result<Queues> {
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

pub(super) fn tag(category: &CategoryPage) -> Value {
    json!({ "name": category.name, "description": category.description })
}

//! The content of the catalog's documents, independent of their format.

use serde::Serialize;
use serde_json::Value;

pub use super::field::{Choice, Disclosure, Field, Kind};

/// The whole catalog, in the order of the documentation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// The categories, each with its events.
    pub categories: Vec<CategoryPage>,
    /// The classes of personal data, in the order of their names.
    pub classes: Vec<ClassPage>,
}

/// A category: one topic. That of the ends of snapshots has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryPage {
    /// The name in topics, schema paths and message attributes.
    pub name: String,
    /// What its events are about, a sentence.
    pub description: String,
    /// The events, in the order in which one change causes them, and then the types of the category's snapshots.
    pub events: Vec<EventPage>,
}

/// An event type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The type on the wire: `UserRegisteredEventV1`.
    pub event_type: String,
    /// The type without its version: `UserRegistered`.
    pub name: String,
    /// The major version: `1`.
    pub version: String,
    /// All types of that name in the catalog, including this one.
    pub versions: Vec<String>,
    /// The name of the category.
    pub category: String,
    /// Whether it is a part of a snapshot, which a backfill sends to one subscriber. It is on no topic then.
    pub is_of_snapshot: bool,
    /// What it means, in sentences. Code is in backticks, here and in every text below.
    pub meaning: String,
    /// The row changes that publish the event.
    pub published: String,
    /// Similar changes that do not publish it.
    pub not_published: String,
    /// What a consumer should do.
    pub consumers: String,
    /// The forms of the subject, such as `users/<userId>`.
    pub subjects: Vec<String>,
    /// The forms of the message group, in which events are delivered in order. They are those of the subject, unless the
    /// event has another.
    pub groups: Vec<String>,
    /// The classes of personal data that the event may hold.
    pub classes: Vec<String>,
    /// The fields of `data`.
    pub fields: Vec<Field>,
    /// An example of a change that publishes only this event.
    pub cause: Cause,
    /// The event that this change publishes.
    pub example: Example,
    /// Its thin form.
    pub thin: ThinForm,
    /// The subscription filter policy on message attributes that accepts only this event.
    pub filter_policy: Value,
    /// The path of the schema's file under `schemas/`.
    pub schema_path: String,
    /// The schema of `data`, JSON Schema 2020-12.
    pub schema: Value,
}

/// The thin form of an event (an event notification): what happened to whom and when, and a URL to ask for the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThinForm {
    /// The fields of `data`.
    pub fields: Vec<Field>,
    /// The forms of the callback's path, such as `/users/{userId}`; the first one with all identifiers is used.
    pub resources: Vec<String>,
    /// The event that the change of the example publishes, with a version of the row.
    pub example: Example,
    /// The path of the schema's file under `schemas/`.
    pub schema_path: String,
    /// The schema of `data`, JSON Schema 2020-12.
    pub schema: Value,
}

/// A change of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The table, by its name in the templates: `accounts`.
    pub table: String,
    /// What happened to the row.
    pub change: ChangeKind,
    /// The row before the change, in plain JSON; absent if it was inserted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The row after the change, in plain JSON; absent if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The attributes that differ; empty unless the row was modified.
    pub differences: Vec<Difference>,
    /// The stream record, as Lambda delivers it.
    pub record: Value,
}

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// No change: a backfill read the row.
    Read,
    /// The row was inserted.
    Inserted,
    /// The row was modified.
    WrittenOver,
    /// The row was removed by a delete.
    Removed,
    /// DynamoDB removed it after its time to live.
    Expired,
}

/// An attribute of a row before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The name in the table.
    pub attribute: String,
    /// The value before; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// An event as it is published.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The event, sealed: the body of the message.
    pub envelope: Value,
    /// The message attributes.
    pub attributes: Vec<Attribute>,
    /// The decrypted content of the event's sealed members, by class.
    pub opened: Value,
}

/// A message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// `String`, `Number` or `String.Array`.
    pub data_type: String,
    /// The value, as a string.
    pub value: String,
}

/// A data class: personal data that a subscriber is granted as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassPage {
    /// The name: the member of `data`, and `class` in the KMS encryption context.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its members, each with the example of the first event that has one.
    pub members: Vec<Field>,
    /// The types of the events that may carry it.
    pub events: Vec<String>,
}

impl ChangeKind {
    /// The participle after "the row is".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read by a backfill",
            Self::Inserted => "inserted",
            Self::WrittenOver => "modified",
            Self::Removed => "removed",
            Self::Expired => "removed by its time to live",
        }
    }
}

/// The announced end of an event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sunset<'a> {
    /// The last day, RFC 3339 `full-date`.
    pub date: &'a str,
    /// The type that replaces it.
    pub successor: &'a str,
}

impl EventPage {
    /// The sunset that the event's schema announces, if any.
    pub fn sunset(&self) -> Option<Sunset<'_>> {
        Some(Sunset {
            date: self.schema["x-sunset"].as_str()?,
            successor: self.schema["x-successor"].as_str()?,
        })
    }

    /// The sunset in sentences.
    pub fn sunset_notice(&self) -> Option<String> {
        let Sunset { date, successor } = self.sunset()?;
        Some(format!(
            "Published until {date} only. Read `{successor}` instead."
        ))
    }
}

impl CategoryPage {
    /// The events on the category's topic.
    pub fn published(&self) -> impl Iterator<Item = &EventPage> {
        self.events.iter().filter(|event| !event.is_of_snapshot)
    }
}

impl Catalog {
    /// Every event, in the order of the categories.
    pub fn events(&self) -> impl Iterator<Item = &EventPage> {
        self.categories.iter().flat_map(|category| &category.events)
    }
}

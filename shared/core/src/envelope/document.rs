//! The CloudEvents document, as it is written.

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::schema::published;

/// The document, in the order in which it is written. An optional attribute is absent, never `null`.
#[derive(Serialize, JsonSchema)]
#[schemars(
    title = "UserEventsEnvelope",
    description = "An event of user-events: a CloudEvents 1.0 document in structured JSON. Readers ignore members they do not know."
)]
pub(super) struct Document<'a> {
    /// The version of CloudEvents.
    #[schemars(extend("const" = "1.0"))]
    pub(super) specversion: &'static str,
    /// The event's identity: the same after every retry, redrive and replay. Use it to deduplicate.
    #[schemars(extend("format" = "uuid"), example = "e85e1758-82c5-5c9a-b325-66043c3b151b")]
    pub(super) id: &'a str,
    /// The user service that the event comes from.
    #[schemars(length(min = 1), extend("format" = "uri-reference"), example = "/user-service")]
    pub(super) source: &'a str,
    /// The event's type: its name, `EventV` and its major version.
    #[schemars(
        regex(pattern = "^[A-Z][A-Za-z0-9]*EventV[1-9][0-9]*$"),
        example = &"UserEmailChangedEventV1"
    )]
    pub(super) r#type: &'static str,
    /// Whom or what the event is about: `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`; of the end of a
    /// snapshot, `snapshots/<run>`.
    #[schemars(
        regex(pattern = "^(users|roles|attempts|snapshots)/"),
        example = "users/user-1"
    )]
    pub(super) subject: &'a str,
    /// When it happened.
    #[schemars(extend("format" = "date-time"), example = "2026-03-01T12:10:00.000Z")]
    pub(super) time: String,
    /// The media type of `data`.
    #[schemars(extend("const" = "application/json"))]
    pub(super) datacontenttype: &'static str,
    /// The schema of `data`.
    #[schemars(extend("format" = "uri"), example = "urn:user-events:schemas/account/UserEmailChangedEventV1.json")]
    pub(super) dataschema: &'a str,
    /// The FIFO message group, in which order is kept: the subject, or `attempts/<attemptId>` for a failed log-in and
    /// `erasures/<userId>` for the erasure of a user; its SHA-256 in hexadecimal if SNS does not accept it.
    #[schemars(length(min = 1, max = 128), example = "users/user-1")]
    pub(super) partitionkey: &'a str,
    /// The position in the table's stream: the change's sequence number, a dot, and the event's position within the
    /// change. Comparing as text gives stream order. Events with the same value belong to the same change. In a snapshot all
    /// digits are zero.
    #[schemars(
        regex(pattern = "^[0-9]{40}\\.[0-9]{4}$"),
        example = "0000000000004421584500000000017450439091.0000"
    )]
    pub(super) sequence: &'a str,
    /// When DynamoDB recorded the change; in a snapshot, when the row was read.
    #[schemars(extend("format" = "date-time"), example = "2026-03-01T12:10:00.000Z")]
    pub(super) recordedtime: &'a str,
    /// The run of the backfill that read the row. Only events of a snapshot have it.
    #[schemars(
        regex(pattern = "^[a-z0-9][a-z0-9-]{0,63}$"),
        example = "5f0c2b9e-0d6b-4c1e-9a57-1f6f0b8f3a11"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) snapshotrun: Option<&'a str>,
    /// The request or process that the change belongs to.
    #[schemars(length(min = 1), example = "correlation-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlationid: Option<&'a str>,
    /// The message that caused the change.
    #[schemars(length(min = 1), example = "causation-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) causationid: Option<&'a str>,
    /// The trace that the change belongs to (W3C Trace Context).
    #[schemars(
        length(min = 1),
        example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) traceparent: Option<&'a str>,
    /// Who made the change.
    #[schemars(length(min = 1), example = "admin-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) initiator: Option<&'a str>,
    /// The kind of initiator.
    #[schemars(extend("enum" = ["USER", "ADMIN", "SYSTEM"]), example = &"ADMIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) initiatortype: Option<&'a str>,
    /// The event's own fields, as the schema at `dataschema` describes them.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(super) data: &'a RawValue,
}

/// The schema of the envelope, JSON Schema 2020-12.
pub fn envelope_schema() -> Schema {
    published::<Document>()
}

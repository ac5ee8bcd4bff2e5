//! The envelope: an event with its identity, a CloudEvents 1.0 document in structured JSON.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::batch::MessageAttribute;
use crate::change::{LastChange, StreamRecord};
use crate::error::{Code, Error};
use crate::event::Fact;
use crate::registry::EventType;
use crate::schema::published;
use crate::seal::{KeyRing, NONCE_BYTES};
use crate::thin::Detail;
use crate::wire::acceptable_json;

/// The namespace of all event ids: the UUIDv5 of `urn:user-events` in the URL namespace (RFC 9562, section 5.5).
const EVENT_ID_NAMESPACE: Uuid = Uuid::from_u128(0xa62167451fb4520a8c77c6ff53b640c1);

/// How a deployment names itself in what it publishes.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The CloudEvents `source`.
    pub source: String,
    /// What `dataschema` begins with.
    pub schema_base_uri: String,
    /// The events were published before, or are late: they carry the `replay` message attribute.
    pub replay: bool,
    /// How much the events tell.
    pub detail: Detail,
}

impl Default for Publication {
    fn default() -> Self {
        Self {
            source: "/user-service".to_owned(),
            schema_base_uri: "urn:user-events:schemas".to_owned(),
            replay: false,
            detail: Detail::Fat,
        }
    }
}

/// An event with its identity. It has no body before it is sealed.
pub struct Envelope {
    id: String,
    source: String,
    dataschema: String,
    sequence: String,
    recordedtime: String,
    noted: Option<LastChange>,
    classes: Vec<&'static str>,
    replay: bool,
    /// The data of a thin event, which has nothing to seal.
    thin: Option<Result<Box<RawValue>, Error>>,
    fact: Fact,
}

/// An envelope that may leave: a body and the message attributes that filter policies see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEnvelope {
    /// The event's id, which is the FIFO deduplication id.
    pub id: String,
    /// The category, whose topic the event goes to.
    pub category: &'static str,
    /// The lane, which is the FIFO message group.
    pub partition_key: String,
    /// The CloudEvents document.
    pub body: String,
    /// The type, where it has a sunset.
    pub deprecated: Option<EventType>,
    /// The message attributes, six at most.
    pub attributes: Vec<MessageAttribute>,
}

/// The document in the order it is written. An absent attribute is absent, never `null`.
#[derive(Serialize, JsonSchema)]
#[schemars(
    title = "UserEventsEnvelope",
    description = "An event of user-events: a CloudEvents 1.0 document in structured JSON. Whatever it does not know, a reader ignores."
)]
struct Document<'a> {
    /// The version of CloudEvents.
    #[schemars(extend("const" = "1.0"))]
    specversion: &'static str,
    /// The event's identity: the same through retry, redrive and replay. Deduplicate by it.
    #[schemars(extend("format" = "uuid"), example = "e85e1758-82c5-5c9a-b325-66043c3b151b")]
    id: &'a str,
    /// The service whose users the event is about.
    #[schemars(length(min = 1), extend("format" = "uri-reference"), example = "/user-service")]
    source: &'a str,
    /// The event's type: its name, `EventV` and its major version.
    #[schemars(
        regex(pattern = "^[A-Z][A-Za-z0-9]*EventV[1-9][0-9]*$"),
        example = &"UserEmailChangedEventV1"
    )]
    r#type: &'static str,
    /// Whom or what the event is about: `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`.
    #[schemars(regex(pattern = "^(users|roles|attempts)/"), example = "users/user-1")]
    subject: &'a str,
    /// When it happened.
    #[schemars(extend("format" = "date-time"), example = "2026-03-01T12:10:00.000Z")]
    time: String,
    /// The media type of `data`.
    #[schemars(extend("const" = "application/json"))]
    datacontenttype: &'static str,
    /// The schema of `data`.
    #[schemars(extend("format" = "uri"), example = "urn:user-events:schemas/account/UserEmailChangedEventV1.json")]
    dataschema: &'a str,
    /// The lane in which order is kept: the subject, or its SHA-256 in hexadecimal. The FIFO message group.
    #[schemars(length(min = 1, max = 128), example = "users/user-1")]
    partitionkey: &'a str,
    /// The place in the table's stream: the change's sequence number, a dot, and the event's place within the
    /// change. Text order is stream order.
    #[schemars(
        regex(pattern = "^[0-9]{40}\\.[0-9]{2}$"),
        example = "0000000000004421584500000000017450439091.00"
    )]
    sequence: &'a str,
    /// When DynamoDB recorded the change.
    #[schemars(extend("format" = "date-time"), example = "2026-03-01T12:10:00.000Z")]
    recordedtime: &'a str,
    /// The request or process that the change belongs to.
    #[schemars(length(min = 1), example = "correlation-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    correlationid: Option<&'a str>,
    /// The message that caused the change.
    #[schemars(length(min = 1), example = "causation-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<&'a str>,
    /// The trace that the change belongs to (W3C Trace Context).
    #[schemars(
        length(min = 1),
        example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    /// Who made the change.
    #[schemars(length(min = 1), example = "admin-1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    initiator: Option<&'a str>,
    /// What kind of party the initiator is.
    #[schemars(extend("enum" = ["USER", "ADMIN", "SYSTEM"]), example = &"ADMIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    initiatortype: Option<&'a str>,
    /// The event's own fields, by the schema that `dataschema` names.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    data: &'a RawValue,
}

/// The schema of the envelope, JSON Schema 2020-12.
pub fn envelope_schema() -> Schema {
    published::<Document>()
}

impl Envelope {
    /// Wraps the event that stands at a position among those of its change. Equal records give equal envelopes.
    pub fn new(mut fact: Fact, position: usize, record: &StreamRecord, publication: &Publication) -> Self {
        let origin = &record.origin;
        // Neither a table's name nor an event id nor a type can hold a slash.
        let name = format!("{}/{}/{}", origin.table, origin.event_id, fact.event_type);
        let (folder, thin) = match &publication.detail {
            Detail::Fat => ("", None),
            Detail::Thin(thin) => ("thin/", Some(thin.data(&mut fact, record))),
        };
        let classes = match thin {
            Some(_) => Vec::new(),
            None => fact.data.sensitive().iter().map(|class| class.class()).collect(),
        };
        Self {
            id: Uuid::new_v5(&EVENT_ID_NAMESPACE, name.as_bytes()).to_string(),
            source: publication.source.clone(),
            dataschema: format!(
                "{}/{folder}{}/{}.json",
                publication.schema_base_uri, fact.category, fact.event_type
            ),
            sequence: format!("{:0>40}.{position:02}", origin.sequence_number),
            recordedtime: origin.recorded.to_string(),
            noted: record.last_change.clone(),
            classes,
            replay: publication.replay,
            thin,
            fact,
        }
    }

    /// The event's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The classes of personal data in the event: one data key is needed for each.
    pub fn classes(&self) -> &[&'static str] {
        &self.classes
    }

    /// The category, which is the topic's.
    pub fn category(&self) -> &'static str {
        self.fact.category
    }

    /// The lane that the event keeps its order in.
    pub fn partition_key(&self) -> &str {
        &self.fact.partition_key
    }

    /// Seals every class and writes the document.
    ///
    /// Fails with [`Code::KeyUnavailable`] when the ring lacks a class's key, with [`Code::Unsealed`] when a class
    /// would leave in clear, and with [`Code::RowDoesNotFit`] when a thin event cannot say where to ask for its row.
    pub fn seal(
        mut self,
        keys: &KeyRing,
        nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
    ) -> Result<SealedEnvelope, Error> {
        let data = match self.thin.take() {
            Some(thin) => thin?,
            None => self.sealed_data(keys, nonce)?,
        };
        let body = serde_json::to_string(&self.document(&data)).map_err(|_| {
            Error::new(
                Code::Unsealed,
                format!("{} could not be written", self.fact.event_type),
            )
        })?;
        Ok(SealedEnvelope {
            attributes: self.attributes(),
            category: self.fact.category,
            deprecated: self.fact.sunset.map(|_| self.fact.event_type),
            body: acceptable_json(body),
            partition_key: self.fact.partition_key,
            id: self.id,
        })
    }

    fn sealed_data(
        &mut self,
        keys: &KeyRing,
        nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
    ) -> Result<Box<RawValue>, Error> {
        for class in self.fact.data.sensitive() {
            let key = keys.get(class.class()).ok_or_else(|| {
                Error::new(
                    Code::KeyUnavailable,
                    format!("no data key for class `{}`", class.class()),
                )
            })?;
            class.seal(&self.id, key, nonce()?)?;
        }
        self.fact.data.to_json()
    }

    fn document<'a>(&'a self, data: &'a RawValue) -> Document<'a> {
        let noted = self.noted.as_ref();
        Document {
            specversion: "1.0",
            id: &self.id,
            source: &self.source,
            r#type: self.fact.event_type.as_str(),
            subject: &self.fact.subject,
            time: self.fact.time.to_string(),
            datacontenttype: "application/json",
            dataschema: &self.dataschema,
            partitionkey: &self.fact.partition_key,
            sequence: &self.sequence,
            recordedtime: &self.recordedtime,
            correlationid: noted.and_then(|noted| noted.correlation_id.as_deref()),
            causationid: noted.and_then(|noted| noted.causation_id.as_deref()),
            traceparent: noted.and_then(|noted| noted.traceparent.as_deref()),
            initiator: noted.and_then(|noted| noted.actor.as_deref()),
            initiatortype: noted.and_then(|noted| noted.actor_type.as_deref()),
            data,
        }
    }

    fn attributes(&self) -> Vec<MessageAttribute> {
        let event_type = self.fact.event_type;
        let mut attributes = vec![
            MessageAttribute::text("eventType", event_type.as_str()),
            MessageAttribute::text("eventName", event_type.name()),
            MessageAttribute::number("eventVersion", event_type.version()),
            MessageAttribute::text("category", self.fact.category),
        ];
        if !self.classes.is_empty() {
            attributes.push(MessageAttribute::texts("dataClasses", &self.classes));
        }
        // Six at most: what is replayed was announced when it was published.
        match self.fact.sunset {
            _ if self.replay => attributes.push(MessageAttribute::text("replay", "true")),
            Some(sunset) => attributes.push(MessageAttribute::text("sunset", sunset.date)),
            None => {}
        }
        attributes
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("fact", &self.fact)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_what_its_documentation_says() {
        assert_eq!(
            EVENT_ID_NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:user-events")
        );
    }
}

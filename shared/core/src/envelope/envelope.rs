//! The envelope: an event with its identity, a CloudEvents 1.0 document in structured JSON.

use std::fmt;

use serde_json::value::RawValue;
use uuid::Uuid;

use crate::envelope::document::Document;
use crate::envelope::message::{MessageAttribute, SealedEnvelope};
use crate::envelope::publication::Publication;
use crate::envelope::thin::Detail;
use crate::error::{Code, Error};
use crate::event::derived::DerivedEvent;
use crate::event::event::EventType;
use crate::sealing::content_key::NONCE_BYTES;
use crate::sealing::seal::KeyRing;
use crate::stream::change::{LastChange, StreamRecord};
use crate::wire::acceptable_json;

/// The namespace of all event ids: the UUIDv5 of `urn:user-events` in the URL namespace (RFC 9562, section 5.5).
const EVENT_ID_NAMESPACE: Uuid = Uuid::from_u128(0xa62167451fb4520a8c77c6ff53b640c1);

/// An event with its identity. It has no body until it is sealed.
pub struct Envelope {
    id: String,
    uuid: Uuid,
    source: String,
    dataschema: String,
    sequence: String,
    recordedtime: String,
    noted: Option<LastChange>,
    classes: Vec<&'static str>,
    replay: bool,
    /// The data of a thin event, which has nothing to seal.
    thin: Option<Box<RawValue>>,
    event: DerivedEvent,
}

impl Envelope {
    /// Wraps an event of a change. `position` is the event's position among the events of the change, which another
    /// version of the catalogue may give to another event. Equal records give equal envelopes.
    ///
    /// Fails when the events of the deployment are thin and this one cannot be: with [`Code::RowDoesNotFit`] when the row
    /// does not say where to ask for it, and with [`Code::NotThin`] when the deployment has no thin form of the event.
    pub fn new(
        mut event: DerivedEvent,
        position: usize,
        record: &StreamRecord,
        publication: &Publication,
    ) -> Result<Self, Error> {
        let origin = &record.origin;
        // Table names, event ids and types cannot hold a slash, so different events have different names.
        let mut name = format!("{}/{}/{}", origin.table, origin.event_id, event.event_type);
        if let Some(part) = record.mapped.as_ref().and_then(|mapped| mapped.id_part.as_ref()) {
            name = format!("{name}/{part}");
        }
        let (folder, thin) = match &publication.detail {
            Detail::Fat => ("", None),
            Detail::Thin(thin) => ("thin/", Some(thin.data(&mut event, record)?)),
        };
        let classes = match thin {
            Some(_) => Vec::new(),
            None => event.data.sensitive().iter().map(|class| class.class()).collect(),
        };
        let uuid = Uuid::new_v5(&EVENT_ID_NAMESPACE, name.as_bytes());
        Ok(Self {
            id: uuid.to_string(),
            uuid,
            source: publication.source.clone(),
            dataschema: format!(
                "{}/{folder}{}/{}.json",
                publication.schema_base_uri, event.category, event.event_type
            ),
            sequence: format!("{:0>40}.{position:04}", origin.sequence_number),
            recordedtime: origin.recorded.to_string(),
            noted: record.last_change.clone(),
            classes,
            replay: publication.replay,
            thin,
            event,
        })
    }

    /// The event's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The event's id, as a number.
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Marks the event as replayed: a later event of its lane is published already.
    pub fn mark_replayed(&mut self) {
        self.replay = true;
    }

    /// The event's type.
    pub fn event_type(&self) -> EventType {
        self.event.event_type
    }

    /// The classes of personal data in the event. Sealing needs one data key for each.
    pub fn classes(&self) -> &[&'static str] {
        &self.classes
    }

    /// The category, which is also the topic's.
    pub fn category(&self) -> &'static str {
        self.event.category
    }

    /// The subject: what the event is about, such as `users/42`.
    pub fn subject(&self) -> &str {
        self.event.subject()
    }

    /// The lane: the message group in which the event keeps its order.
    pub fn partition_key(&self) -> &str {
        &self.event.partition_key
    }

    /// Seals every class and writes the document.
    ///
    /// Fails with [`Code::KeyUnavailable`] when the ring has no key for a class, and with [`Code::Unsealed`] when a class
    /// would leave in clear.
    pub fn seal(
        mut self,
        keys: &KeyRing,
        nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
    ) -> Result<SealedEnvelope, Error> {
        let data = match self.thin.take() {
            Some(thin) => thin,
            None => self.sealed_data(keys, nonce)?,
        };
        let body = serde_json::to_string(&self.document(&data)).map_err(|_| {
            Error::new(
                Code::Unsealed,
                format!("{} could not be written", self.event.event_type),
            )
        })?;
        let mut sealed = SealedEnvelope {
            attributes: self.attributes(),
            category: self.event.category,
            deprecated: self.event.sunset.map(|_| self.event.event_type),
            body: acceptable_json(body),
            partition_key: self.event.partition_key,
            id: self.id,
        };
        if self.replay {
            sealed.mark_replayed();
        }
        Ok(sealed)
    }

    fn sealed_data(
        &mut self,
        keys: &KeyRing,
        nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
    ) -> Result<Box<RawValue>, Error> {
        for class in self.event.data.sensitive() {
            let key = keys.get(class.class()).ok_or_else(|| {
                Error::new(
                    Code::KeyUnavailable,
                    format!("no data key for class `{}`", class.class()),
                )
            })?;
            class.seal(&self.id, key, nonce()?)?;
        }
        self.event.data.to_json()
    }

    fn document<'a>(&'a self, data: &'a RawValue) -> Document<'a> {
        let noted = self.noted.as_ref();
        Document {
            specversion: "1.0",
            id: &self.id,
            source: &self.source,
            r#type: self.event.event_type.as_str(),
            subject: &self.event.subject,
            time: self.event.time.to_string(),
            datacontenttype: "application/json",
            dataschema: &self.dataschema,
            partitionkey: &self.event.partition_key,
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
        let event_type = self.event.event_type;
        let mut attributes = vec![
            MessageAttribute::text("eventType", event_type.as_str()),
            MessageAttribute::text("eventName", event_type.name()),
            MessageAttribute::number("eventVersion", event_type.version()),
            MessageAttribute::text("category", self.event.category),
        ];
        if !self.classes.is_empty() {
            attributes.push(MessageAttribute::texts("dataClasses", &self.classes));
        }
        if let Some(sunset) = self.event.sunset {
            attributes.push(MessageAttribute::text("sunset", sunset.date));
        }
        attributes
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_one_that_its_documentation_names() {
        assert_eq!(
            EVENT_ID_NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:user-events")
        );
    }
}

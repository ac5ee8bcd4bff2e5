//! Writing an envelope: its classes are sealed, and it becomes a message.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::envelope::document::Document;
use crate::envelope::envelope::{Envelope, Person};
use crate::envelope::message::{MessageAttribute, SealedEnvelope};
use crate::error::{Code, Error};
use crate::sealing::content_key::NONCE_BYTES;
use crate::sealing::seal::KeyRing;
use crate::wire::acceptable_json;

impl Envelope {
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
        let person = match &self.person {
            Person::Unknown => None,
            Person::Key(key) => Some(key.as_ref()),
            Person::Erased => return self.erased_data(),
        };
        for class in self.event.data.sensitive() {
            let key = keys.get(class.class()).ok_or_else(|| {
                Error::new(
                    Code::KeyUnavailable,
                    format!("no data key for class `{}`", class.class()),
                )
            })?;
            class.seal(&self.id, key, person, nonce()?)?;
        }
        self.event.data.to_json()
    }

    /// The data without the classes. They are absent, as those that have no value.
    fn erased_data(&mut self) -> Result<Box<RawValue>, Error> {
        let event_type = self.event.event_type;
        let failed = |_| {
            let message = format!("{event_type} could not be written without its classes");
            Error::new(Code::Unsealed, message)
        };
        let data = self.event.data.to_json()?;
        let mut data: Map<String, Value> = serde_json::from_str(data.get()).map_err(failed)?;
        for class in self.event.data.sensitive() {
            data.shift_remove(class.class());
        }
        to_raw_value(&data).map_err(failed)
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
            snapshotrun: self.snapshotrun.as_deref(),
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

//! The envelope: an event with its identity, a CloudEvents 1.0 document in structured JSON.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::envelope::publication::Publication;
use crate::envelope::thin::Detail;
use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::event::EventType;
use crate::sealing::subject_key::SubjectKey;
use crate::stream::change::{LastChange, StreamRecord};
use crate::stream::origin::Place;

/// The namespace of all event ids: the UUIDv5 of `urn:user-events` in the URL namespace (RFC 9562, section 5.5).
const EVENT_ID_NAMESPACE: Uuid = Uuid::from_u128(0xa62167451fb4520a8c77c6ff53b640c1);

/// What is known of the person whom the event is about.
pub(super) enum Person {
    /// Nothing: classes are sealed with their data keys alone.
    Unknown,
    /// The second share of the keys of the classes.
    Key(Arc<SubjectKey>),
    /// The person was erased: the event leaves without its classes.
    Erased,
}

/// The beginning of the subjects that are persons.
const PERSONS: &str = "users/";

/// The sequence of events that are before all changes of their lane.
const BEFORE_ALL: &str = "0000000000000000000000000000000000000000.0000";

/// An event with its identity. It has no body until it is sealed.
pub struct Envelope {
    pub(super) id: String,
    pub(super) uuid: Uuid,
    pub(super) source: String,
    pub(super) dataschema: String,
    pub(super) sequence: String,
    pub(super) recordedtime: String,
    pub(super) snapshotrun: Option<String>,
    pub(super) noted: Option<LastChange>,
    pub(super) classes: Vec<&'static str>,
    pub(super) person: Person,
    pub(super) replay: bool,
    /// The data of a thin event, which has nothing to seal.
    pub(super) thin: Option<Box<RawValue>>,
    pub(super) event: DerivedEvent,
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
        let (name, sequence, snapshotrun) = match &origin.place {
            Place::Stream {
                event_id,
                sequence_number,
            } => (
                name_in_stream(record, event_id, &event),
                format!("{sequence_number:0>40}.{position:04}"),
                None,
            ),
            // Every change of the row comes after its snapshot.
            Place::Snapshot { run } => (
                name_in_snapshot(record, run),
                BEFORE_ALL.to_owned(),
                Some(run.clone()),
            ),
        };
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
            sequence,
            recordedtime: origin.recorded.to_string(),
            snapshotrun,
            noted: record.last_change.clone(),
            classes,
            person: Person::Unknown,
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

    /// The person whose key the classes can be sealed with: the subject, if it is a user. `None` when the event has no
    /// classes.
    pub fn person(&self) -> Option<&str> {
        let is_needed = !self.classes.is_empty() && self.subject().starts_with(PERSONS);
        is_needed.then(|| self.subject())
    }

    /// Seals the classes with this key of the person, too.
    pub fn set_subject_key(&mut self, key: Arc<SubjectKey>) {
        self.person = Person::Key(key);
    }

    /// The person was erased: drops the classes, and the event leaves without them.
    pub fn erase(&mut self) {
        for class in self.event.data.sensitive() {
            class.withhold();
        }
        self.classes.clear();
        self.person = Person::Erased;
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
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// What the id of an event of a change is made from. Table names, event ids and types cannot hold a slash, so different
/// events have different names.
fn name_in_stream(record: &StreamRecord, event_id: &str, event: &DerivedEvent) -> String {
    let name = format!("{}/{event_id}/{}", record.origin.table, event.event_type);
    match record.mapped.as_ref().and_then(|mapped| mapped.id_part.as_ref()) {
        Some(part) => format!("{name}/{part}"),
        None => name,
    }
}

/// What the id of a row's snapshot is made from: a JSON array, which no name in a stream is.
fn name_in_snapshot(record: &StreamRecord, run: &str) -> String {
    let (table, keys) = (&record.origin.table, &record.keys);
    Value::from(vec!["snapshot", run, table, &keys.pk, &keys.sk]).to_string()
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

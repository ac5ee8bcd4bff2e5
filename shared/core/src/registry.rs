//! The registry: which events there are, and which of them a change is.

use std::any::Any;
use std::fmt;

use schemars::Schema;
use serde_json::Value;

use crate::change::{Change, RowChange, StreamRecord};
use crate::error::Error;
use crate::event::{Event, Fact};
use crate::example::illustrate;
use crate::guide::Guide;
use crate::row::{Reader, RowKind};
use crate::sample::SampleChange;
use crate::schema::published;
use crate::sunset::Sunset;

/// A category of events: one topic, one function.
#[derive(Debug)]
pub struct Category {
    /// The name in topics, schema paths and message attributes.
    pub name: &'static str,
    /// What the events of the category tell, a sentence.
    pub description: &'static str,
    /// The events, in the order in which one change publishes them.
    pub events: &'static [Registration],
}

/// An event type on the wire: `<Name>EventV<major>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(pub(crate) &'static str);

impl EventType {
    /// The whole type: `UserRegisteredEventV1`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The name: `UserRegistered`.
    pub fn name(self) -> &'static str {
        self.split().0
    }

    /// The major version: `1`.
    pub fn version(self) -> &'static str {
        self.split().1
    }

    fn split(self) -> (&'static str, &'static str) {
        self.0.rsplit_once("EventV").unwrap_or((self.0, ""))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One event type of the catalogue, of whichever Rust type: its name, its rule, its schema, its example.
pub struct Registration {
    event_type: EventType,
    guide: Guide,
    sunset: Option<Sunset>,
    derive: fn(&'static str, &StreamRecord, &mut LastRow) -> Result<Match, Error>,
    schema: fn() -> Schema,
    example: fn(&'static str) -> Fact,
    sample_change: fn() -> SampleChange,
    read_back: fn(Value) -> Option<Value>,
    classes: fn() -> Vec<&'static str>,
    resources: &'static [&'static str],
}

impl Registration {
    /// The registration of one event type.
    pub const fn of<E: Event>() -> Self {
        Self {
            event_type: EventType(E::TYPE),
            guide: E::GUIDE,
            sunset: E::SUNSET,
            derive: derive_one::<E>,
            schema: published::<E>,
            example: |category| Fact::new(category, E::example()),
            sample_change: E::sample_change,
            read_back: |data| serde_json::to_value(serde_json::from_value::<E>(data).ok()?).ok(),
            classes: || {
                E::example()
                    .sensitive()
                    .iter()
                    .map(|class| class.class())
                    .collect()
            },
            resources: E::Row::RESOURCES,
        }
    }

    /// The type on the wire.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// What to know of the event beside its data.
    pub fn guide(&self) -> Guide {
        self.guide
    }

    /// The end of the type, where another one takes its place.
    pub fn sunset(&self) -> Option<Sunset> {
        self.sunset
    }

    /// The schema of the event's data, JSON Schema 2020-12, with the values of the example.
    pub fn schema(&self) -> Schema {
        let mut schema = self.fat_schema();
        if let Some(sunset) = self.sunset {
            sunset.announce(&mut schema);
        }
        illustrate(&mut schema, self.example(""));
        schema
    }

    /// The same without the values of the example and without a sunset.
    pub(crate) fn fat_schema(&self) -> Schema {
        (self.schema)()
    }

    /// Where the User Service answers for the row, below the base URL of callbacks. Braces name identifiers of the
    /// event; the first path whose identifiers are all there is the row's.
    pub fn resources(&self) -> &'static [&'static str] {
        self.resources
    }

    /// The classes of personal data that the event may hold.
    pub fn classes(&self) -> Vec<&'static str> {
        (self.classes)()
    }

    /// Published data, read as a subscriber in Rust reads it and written again; `None` where it does not fit.
    pub fn read_back(&self, data: Value) -> Option<Value> {
        (self.read_back)(data)
    }

    /// A change that is this event and no other.
    pub fn sample_change(&self) -> SampleChange {
        (self.sample_change)()
    }

    /// The event of the sample change, its personal data not sealed.
    pub fn example(&self, category: &'static str) -> Fact {
        (self.example)(category)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.event_type).finish()
    }
}

/// What a change is.
#[derive(Debug)]
pub enum Derivation {
    /// The events of the change, in order; none where it is bookkeeping.
    Events(Vec<Fact>),
    /// The row is of a kind that is no event's business here.
    UnknownKind,
}

/// Derives the events of a change.
///
/// Fails when the row is of a known kind and does not fit it.
pub fn derive(categories: &[&'static Category], record: &StreamRecord) -> Result<Derivation, Error> {
    let mut last_row = LastRow(None);
    let mut known = false;
    let mut facts = Vec::new();
    for category in categories {
        for registration in category.events {
            match (registration.derive)(category.name, record, &mut last_row)? {
                Match::OtherKind => {}
                Match::OtherEvent => known = true,
                Match::Event(fact) => {
                    known = true;
                    facts.push(fact);
                }
            }
        }
    }
    Ok(if known {
        Derivation::Events(facts)
    } else {
        Derivation::UnknownKind
    })
}

enum Match {
    OtherKind,
    OtherEvent,
    Event(Fact),
}

/// The row as it was last read: neighbours in the registry read the same kind.
struct LastRow(Option<Box<dyn Any>>);

fn derive_one<E: Event>(
    category: &'static str,
    record: &StreamRecord,
    last_row: &mut LastRow,
) -> Result<Match, Error> {
    let Some(reader) = Reader::of::<E::Row>(&record.keys, record.change.image()) else {
        return Ok(Match::OtherKind);
    };
    if let Change::Removed { old, .. } = &record.change
        && !E::Row::removal_is_an_event(old)
    {
        return Ok(Match::OtherEvent);
    }
    let change = RowChange::new(last_row.get_or_read::<E::Row>(&reader)?, record);
    Ok(match E::derive(&change) {
        Some(event) => Match::Event(Fact::new(category, event)),
        None => Match::OtherEvent,
    })
}

impl LastRow {
    fn get_or_read<R: RowKind>(&mut self, reader: &Reader) -> Result<&R, Error> {
        if !self.0.as_ref().is_some_and(|row| row.is::<R>()) {
            self.0 = Some(Box::new(R::read(reader)?));
        }
        match self.0.as_ref().and_then(|row| row.downcast_ref()) {
            Some(row) => Ok(row),
            None => unreachable!("the row was read as this kind just now"),
        }
    }
}

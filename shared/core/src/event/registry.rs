//! The registry: lists the event types, and derives the events of a change.

use std::any::Any;
use std::fmt;

use schemars::Schema;
use serde_json::Value;

use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::event::{Event, EventType};
use crate::event::guide::Guide;
use crate::event::sunset::Sunset;
use crate::schema::published;
use crate::stream::change::StreamRecord;
use crate::stream::row::{Reader, RowKind};
use crate::stream::row_change::{ReadRow, RowChange};
use crate::stream::sample::SampleChange;
use crate::stream::shape::RowShape;

/// A category of events: one topic, one function.
#[derive(Debug)]
pub struct Category {
    /// The name in topics, schema paths and message attributes.
    pub name: &'static str,
    /// The table with the rows that cause the events. It is a logical name: a deployment can give the table another.
    pub table: &'static str,
    /// What the events are about, a sentence.
    pub description: &'static str,
    /// The events, in the order in which one change publishes them.
    pub events: &'static [Registration],
}

/// One event type of the catalogue without its Rust type: its name, its rule, its schema, its example.
pub struct Registration {
    event_type: EventType,
    guide: Guide,
    sunset: Option<Sunset>,
    derive: fn(&'static str, &StreamRecord, &mut LastRow) -> Result<Match, Error>,
    plain_schema: fn() -> Schema,
    example: fn(&'static str) -> DerivedEvent,
    sample_change: fn() -> SampleChange,
    read_back: fn(Value) -> Option<Value>,
    classes: fn() -> Vec<&'static str>,
    resources: &'static [&'static str],
    shapes: &'static [RowShape],
}

impl Registration {
    /// The registration of one event type.
    pub const fn new<E: Event>() -> Self {
        Self {
            event_type: EventType(E::TYPE),
            guide: E::GUIDE,
            sunset: E::SUNSET,
            derive: derive_one::<E>,
            plain_schema: published::<E>,
            example: |category| DerivedEvent::new(category, E::example()),
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
            shapes: E::Row::SHAPES,
        }
    }

    /// The type on the wire.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// What a reader should know of the event besides its data.
    pub fn guide(&self) -> Guide {
        self.guide
    }

    /// When the type ends; `None` while it has no successor.
    pub fn sunset(&self) -> Option<Sunset> {
        self.sunset
    }

    /// The schema of the event's data, JSON Schema 2020-12, as the type alone gives it: without examples and without
    /// the sunset.
    pub(crate) fn plain_schema(&self) -> Schema {
        (self.plain_schema)()
    }

    /// The paths below the callback base URL where the User Service serves the row. Braces name identifiers of the
    /// event. The first path with all of its identifiers present is the row's.
    pub fn resources(&self) -> &'static [&'static str] {
        self.resources
    }

    /// The shapes of the rows that can cause the event.
    pub fn shapes(&self) -> &'static [RowShape] {
        self.shapes
    }

    /// The classes of personal data that the event can hold.
    pub fn classes(&self) -> Vec<&'static str> {
        (self.classes)()
    }

    /// Published data, read as a subscriber in Rust reads it and written again. `None` when it does not fit the type.
    pub fn read_back(&self, data: Value) -> Option<Value> {
        (self.read_back)(data)
    }

    /// A change that causes this event and no other.
    pub fn sample_change(&self) -> SampleChange {
        (self.sample_change)()
    }

    /// The event of the sample change, with its personal data not sealed.
    pub fn example(&self, category: &'static str) -> DerivedEvent {
        (self.example)(category)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.event_type).finish()
    }
}

/// What a change causes.
#[derive(Debug)]
pub enum Derivation {
    /// The events of the change, in order; empty when the change causes none.
    Events(DerivedEvents),
    /// No event of these categories reads rows of this kind.
    UnknownKind,
}

/// The events of a change, in order.
#[derive(Debug, Default)]
pub struct DerivedEvents {
    events: Vec<DerivedEvent>,
    unknown_values: u64,
}

impl DerivedEvents {
    /// The events, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, DerivedEvent> {
        self.events.iter()
    }

    /// How many values of open enumerations the row holds that this version does not know. Events say them as they are.
    pub fn unknown_values(&self) -> u64 {
        self.unknown_values
    }
}

impl From<DerivedEvent> for DerivedEvents {
    fn from(event: DerivedEvent) -> Self {
        Self {
            events: vec![event],
            unknown_values: 0,
        }
    }
}

impl IntoIterator for DerivedEvents {
    type Item = DerivedEvent;
    type IntoIter = std::vec::IntoIter<DerivedEvent>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}

/// The shapes of all rows that events of these categories read, each once.
pub fn shapes(categories: &[&'static Category]) -> Vec<&'static RowShape> {
    let mut shapes: Vec<&'static RowShape> = Vec::new();
    for registration in categories.iter().flat_map(|category| category.events) {
        for shape in registration.shapes {
            if !shapes.iter().any(|known| known.kind == shape.kind) {
                shapes.push(shape);
            }
        }
    }
    shapes
}

/// Derives the events of a change.
///
/// Fails with [`crate::Code::RowDoesNotFit`] when the row's kind is known but the row does not fit it.
pub fn derive(categories: &[&'static Category], record: &StreamRecord) -> Result<Derivation, Error> {
    derive_all(categories, std::slice::from_ref(record))
}

/// Derives the events of the changes of several rows, which one stream record caused: in the order of the catalogue, and
/// where several rows cause the same type, in the order of the rows.
///
/// Fails as [`derive`] does.
pub(crate) fn derive_all(
    categories: &[&'static Category],
    records: &[StreamRecord],
) -> Result<Derivation, Error> {
    let mut last_rows: Vec<LastRow> = records.iter().map(|_| LastRow::default()).collect();
    let mut known = false;
    let mut events = Vec::new();
    for category in categories {
        for registration in category.events {
            for ((place, record), last_row) in records.iter().enumerate().zip(&mut last_rows) {
                let matched = (registration.derive)(category.name, record, last_row);
                match matched.map_err(|error| record.explain(error))? {
                    Match::OtherKind => {}
                    Match::OtherEvent => known = true,
                    Match::Event(mut event) => {
                        known = true;
                        event.row = place;
                        events.push(event);
                    }
                }
            }
        }
    }
    Ok(if known {
        Derivation::Events(DerivedEvents {
            events,
            unknown_values: last_rows.iter().map(|row| row.unknown_values).sum(),
        })
    } else {
        Derivation::UnknownKind
    })
}

enum Match {
    OtherKind,
    OtherEvent,
    Event(DerivedEvent),
}

/// The row as it was last read, for reuse: neighbours in the registry read the same kind.
#[derive(Default)]
struct LastRow {
    row: Option<Box<dyn Any>>,
    unknown_values: u64,
}

fn derive_one<E: Event>(
    category: &'static str,
    record: &StreamRecord,
    last_row: &mut LastRow,
) -> Result<Match, Error> {
    let Some(reader) = Reader::new::<E::Row>(&record.keys, record.change.image()) else {
        return Ok(Match::OtherKind);
    };
    let change = RowChange::new(last_row.get_or_read::<E::Row>(&reader, record)?, record);
    Ok(match E::derive(&change) {
        Some(event) => Match::Event(DerivedEvent::new(category, event)),
        None => Match::OtherEvent,
    })
}

impl LastRow {
    fn get_or_read<R: RowKind>(
        &mut self,
        reader: &Reader,
        record: &StreamRecord,
    ) -> Result<&ReadRow<R>, Error> {
        if !self.row.as_ref().is_some_and(|row| row.is::<ReadRow<R>>()) {
            self.row = Some(Box::new(ReadRow::<R>::read(reader, &record.change)?));
            self.unknown_values += reader.unknown_values();
        }
        match self.row.as_ref().and_then(|row| row.downcast_ref()) {
            Some(row) => Ok(row),
            None => unreachable!("the line above read the row as this kind"),
        }
    }
}

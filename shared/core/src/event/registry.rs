//! The registry: lists the event types.

use std::fmt;

use schemars::Schema;
use serde_json::Value;

use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::event::{Event, EventType};
use crate::event::guide::Guide;
use crate::event::matching::{LastRow, Match, derive_one};
use crate::event::sunset::Sunset;
use crate::schema::published;
use crate::stream::change::StreamRecord;
use crate::stream::row_kind::RowKind;
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
    pub(super) derive: fn(&'static str, &StreamRecord, &mut LastRow) -> Result<Match, Error>,
    plain_schema: fn() -> Schema,
    example: fn(&'static str) -> DerivedEvent,
    sample_change: fn() -> SampleChange,
    read_back: fn(Value) -> Option<Value>,
    classes: fn() -> Vec<&'static str>,
    resources: &'static [&'static str],
    shapes: &'static [RowShape],
    from_subject_keys: bool,
    snapshot: bool,
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
            from_subject_keys: E::Row::FROM_SUBJECT_KEYS,
            snapshot: E::SNAPSHOT,
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

    /// Whether the rows are virtual: made of the tombstones of the table of persons' keys. Nobody can write such a row.
    pub fn is_from_subject_keys(&self) -> bool {
        self.from_subject_keys
    }

    /// Whether the event is a part of a snapshot, which a backfill sends to one subscriber. It is on no topic.
    pub fn is_of_snapshot(&self) -> bool {
        self.snapshot
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

/// The shapes of all rows of the user tables that events of these categories read, each once. Virtual rows are not among
/// them: no service writes them, and no mapping makes them.
pub fn shapes(categories: &[&'static Category]) -> Vec<&'static RowShape> {
    let mut shapes: Vec<&'static RowShape> = Vec::new();
    let registrations = categories.iter().flat_map(|category| category.events);
    for registration in registrations.filter(|registration| !registration.is_from_subject_keys()) {
        for shape in registration.shapes {
            if !shapes.iter().any(|known| known.kind == shape.kind) {
                shapes.push(shape);
            }
        }
    }
    shapes
}

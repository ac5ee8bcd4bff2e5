//! What an event type declares: its data, and the rule that derives it from a change.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::guide::Guide;
use crate::event::subject::Subject;
use crate::event::sunset::Sunset;
use crate::sealing::seal::Seal;
use crate::stream::row::Reader;
use crate::stream::row_change::{ReadRow, RowChange};
use crate::stream::row_kind::RowKind;
use crate::stream::sample::SampleChange;
use crate::time::Time;

/// One event type of the catalogue: its data, and the rule that derives it.
///
/// The documentation of the type and of its fields becomes the descriptions in the schema.
pub trait Event: Serialize + DeserializeOwned + JsonSchema + Send + Sized + 'static {
    /// The type on the wire, `<Name>EventV<major>`: the name of the Rust type.
    const TYPE: &'static str;
    /// The kind of row that can cause this event.
    type Row: RowKind;
    /// What a reader should know besides the data.
    const GUIDE: Guide;
    /// When the type ends; `None` while it has no successor. Until that day it is published beside its successor.
    const SUNSET: Option<Sunset> = None;
    /// Whether the write that causes the event may erase the row. The row then needs only its keys and what decides the
    /// event, and a malformed `version` counts as absent. The row of a removal never needs more.
    const ROW_MAY_BE_ERASED: bool = false;

    /// Whether the event is a part of a snapshot: made of a row as a backfill found it, and sent to one subscriber. It is on no
    /// topic.
    const SNAPSHOT: bool = false;

    /// The event that the change causes; `None` when the change is not this event.
    fn derive(change: &RowChange<'_, Self::Row>) -> Option<Self>;

    /// Whom or what the event is about.
    fn subject(&self) -> Subject<'_>;

    /// What the event's lane (message group) is named after, in which order is kept: the subject, unless the event needs
    /// no order among the subject's others and must not hold them up.
    fn lane(&self) -> Subject<'_> {
        self.subject()
    }

    /// When it happened: the time in the event's own data.
    fn time(&self) -> Time;

    /// The classes of personal data in the event, for sealing. A class that is forgotten here cannot leave: serialising
    /// it unsealed is an error.
    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        Vec::new()
    }

    /// A change that causes this event and no other, with synthetic data. The event fills every field.
    fn sample_change() -> SampleChange;

    /// The event of the sample change, with its personal data not sealed.
    fn example() -> Self {
        match from_sample() {
            Some(event) => event,
            None => unreachable!(
                "a test checks that every sample change is its event: {}",
                Self::TYPE
            ),
        }
    }
}

fn from_sample<E: Event>() -> Option<E> {
    let record = E::sample_change().decoded()?;
    let reader = Reader::new(E::Row::SHAPES, &record.keys, record.change.image())?;
    let row = ReadRow::read(&reader, &record.change).ok()?;
    E::derive(&RowChange::new(&row, &record))
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

//! An event: a fact derived from a change.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::change::RowChange;
use crate::decode::decode;
use crate::error::{Code, Error};
use crate::guide::Guide;
use crate::registry::EventType;
use crate::row::{Reader, RowKind};
use crate::sample::SampleChange;
use crate::seal::Seal;
use crate::sunset::Sunset;
use crate::time::Time;
use crate::wire::group_id;

/// One event type of the catalogue: its data, and the rule that derives it.
///
/// The documentation of the type and of its fields becomes the schema's descriptions.
pub trait Event: Serialize + DeserializeOwned + JsonSchema + Send + Sized + 'static {
    /// The type on the wire, `<Name>EventV<major>`: the name of the Rust type.
    const TYPE: &'static str;
    /// The kind of row whose changes may be this event.
    type Row: RowKind;
    /// What to know of it beside its data.
    const GUIDE: Guide;
    /// The end of the type; none while nothing takes its place. Until then it is published beside its successor.
    const SUNSET: Option<Sunset> = None;

    /// The event that the change is, or `None` where it is not this one.
    fn derive(change: &RowChange<'_, Self::Row>) -> Option<Self>;

    /// Whom or what the event is about; its order is kept per subject.
    fn subject(&self) -> Subject<'_>;

    /// When it happened: the time that stands in the event's own data.
    fn time(&self) -> Time;

    /// The classes of personal data in the event, for sealing. A class that is forgotten here cannot be
    /// written: serialising it unsealed is an error.
    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        Vec::new()
    }

    /// A change that is this event and no other, with synthetic data. The event fills every field.
    fn sample_change() -> SampleChange;

    /// The event of the sample change, its personal data not sealed.
    fn example() -> Self {
        match from_sample() {
            Some(event) => event,
            None => unreachable!(
                "a test holds that every sample change is its event: {}",
                Self::TYPE
            ),
        }
    }
}

fn from_sample<E: Event>() -> Option<E> {
    let record = decode(&to_raw_value(&E::sample_change().record()).ok()?).ok()?;
    let row = E::Row::read(&Reader::of::<E::Row>(&record.keys, record.change.image())?).ok()?;
    E::derive(&RowChange::new(&row, &record))
}

/// Whom or what an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// `users/<userId>`
    User(&'a str),
    /// `roles/<roleId>`
    Role(&'a str),
    /// `attempts/<attemptId>`: a failed log-in of nobody known.
    Attempt(&'a str),
}

impl<'a> Subject<'a> {
    /// The subject of the rows under a partition key, where the key alone tells it.
    pub fn of_partition(pk: &'a str) -> Option<Self> {
        let user = pk.strip_prefix("USER#").map(Self::User);
        user.or_else(|| pk.strip_prefix("ROLE#").map(Self::Role))
    }

    /// The lane: the subject itself, or its SHA-256 in hexadecimal where the subject is no valid message group
    /// id (1 to 128 characters, ASCII letters, digits and punctuation: Amazon SNS API Reference, *Publish*).
    pub fn partition_key(self) -> String {
        group_id(&self.to_string()).into_owned()
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "users/{id}"),
            Self::Role(id) => write!(f, "roles/{id}"),
            Self::Attempt(id) => write!(f, "attempts/{id}"),
        }
    }
}

/// An event of whichever type, with what its envelope needs to know of it.
pub struct Fact {
    pub(crate) event_type: EventType,
    pub(crate) sunset: Option<Sunset>,
    pub(crate) category: &'static str,
    pub(crate) subject: String,
    pub(crate) partition_key: String,
    pub(crate) time: Time,
    pub(crate) data: Box<dyn Data>,
}

impl Fact {
    pub(crate) fn new<E: Event>(category: &'static str, event: E) -> Self {
        Self {
            event_type: EventType(E::TYPE),
            sunset: E::SUNSET,
            category,
            subject: event.subject().to_string(),
            partition_key: event.subject().partition_key(),
            time: event.time(),
            data: Box::new(event),
        }
    }

    /// The event's type on the wire.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// The event's category, which is its topic's.
    pub fn category(&self) -> &'static str {
        self.category
    }

    /// `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When it happened.
    pub fn time(&self) -> Time {
        self.time
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fact")
            .field("event_type", &self.event_type)
            .field("subject", &self.subject)
            .finish()
    }
}

/// The data of an event of whichever type.
pub(crate) trait Data: Send {
    fn sensitive(&mut self) -> Vec<&mut dyn Seal>;
    /// Fails with [`Code::Unsealed`] while a class of personal data is not sealed.
    fn to_json(&self) -> Result<Box<RawValue>, Error>;
}

impl<E: Event> Data for E {
    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        Event::sensitive(self)
    }

    fn to_json(&self) -> Result<Box<RawValue>, Error> {
        let unsealed = |_| {
            Error::new(
                Code::Unsealed,
                format!("{} holds a class that is not sealed", E::TYPE),
            )
        };
        to_raw_value(self).map_err(unsealed)
    }
}

//! A derived event without its Rust type, so that later stages handle all events alike.

use std::fmt;

use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Code, Error};
use crate::event::event::{Event, EventType};
use crate::event::sunset::Sunset;
use crate::sealing::seal::Seal;
use crate::time::Time;

/// A type-erased event plus the metadata its envelope needs.
pub struct DerivedEvent {
    pub(crate) event_type: EventType,
    pub(crate) sunset: Option<Sunset>,
    pub(crate) category: &'static str,
    pub(crate) subject: String,
    pub(crate) partition_key: String,
    pub(crate) time: Time,
    /// The place of its row among the rows that one record changed.
    pub(crate) row: usize,
    /// [`Event::ROW_MAY_BE_ERASED`]
    pub(crate) row_may_be_erased: bool,
    pub(crate) data: Box<dyn Data>,
}

impl DerivedEvent {
    pub(crate) fn new<E: Event>(category: &'static str, event: E) -> Self {
        Self {
            event_type: EventType(E::TYPE),
            sunset: E::SUNSET,
            category,
            subject: event.subject().to_string(),
            partition_key: event.lane().partition_key(),
            time: event.time(),
            row: 0,
            row_may_be_erased: E::ROW_MAY_BE_ERASED,
            data: Box::new(event),
        }
    }

    /// The event's type on the wire.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// The event's category, which is also its topic's.
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

impl fmt::Debug for DerivedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedEvent")
            .field("event_type", &self.event_type)
            .field("subject", &self.subject)
            .finish()
    }
}

/// The data of an event of any type.
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

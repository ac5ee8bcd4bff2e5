//! Deriving the events of a change.

use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::matching::{LastRow, Match};
use crate::event::registry::Category;
use crate::stream::change::StreamRecord;

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

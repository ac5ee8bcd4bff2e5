//! What a write becomes: the row after it, and its events.

use anyhow::Result;
use serde::Serialize;
use user_events_local::expectation::{Expected, ExpectedEvent, Tables};
use user_events_local::writes::{Write, read};

use super::copies;
use super::place::Place;
use super::rows::{self, Compared};

/// A write, with the row before and after it and what it becomes.
#[derive(Debug, Serialize)]
pub(super) struct Previewed {
    attributes: Vec<Compared>,
    verdict: Verdict,
    copies: Vec<copies::Copy>,
    #[serde(skip)]
    pub(super) expected: Vec<ExpectedEvent>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Verdict {
    /// These events, in this order.
    Events { events: Vec<Named> },
    /// No event, for this reason.
    Nothing { reason: String },
    /// The record is moved to the parking-lot queue, for this reason.
    Parked { reason: String },
}

#[derive(Debug, Serialize)]
struct Named {
    category: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
}

/// Derives what a write becomes, from the row as it is now.
///
/// Fails when there is no such table, and when the row cannot be read.
pub(super) async fn preview(place: &Place, write: &Write) -> Result<Previewed> {
    let deployed = place.deployed(&write.table)?;
    let layout = place.layout();
    let before = read(&place.clients.dynamodb, deployed, &write.key).await?;
    let mut tables = Tables::new(layout);
    tables.learn(&write.table, write.key.clone(), before.clone());
    let silence = tables.why_no_event(write);
    let expected = tables.apply(write)?;
    let after = tables.row(&write.table, &write.key);
    let (verdict, events) = match expected {
        Expected::Events(events) if events.is_empty() => {
            let reason = silence.unwrap_or_else(|| "it changes nothing".to_owned());
            (Verdict::Nothing { reason }, Vec::new())
        }
        Expected::Events(events) => {
            let named = |event: &ExpectedEvent| Named {
                category: event.category.clone(),
                event_type: event.event_type.clone(),
                subject: event.subject.clone(),
            };
            (
                Verdict::Events {
                    events: events.iter().map(named).collect(),
                },
                events,
            )
        }
        Expected::Parked(reason) => (Verdict::Parked { reason }, Vec::new()),
    };
    Ok(Previewed {
        attributes: rows::compared(layout, &write.table, before.as_ref(), after),
        copies: copies::of_write(place, write, before.as_ref(), after, &events),
        verdict,
        expected: events,
    })
}

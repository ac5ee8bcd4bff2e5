//! What a change of an item becomes: rows, changes of rows, events; or why there are none.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::description::{open_sample_members, sample_key_ring, sample_nonce};
use user_events_core::pipeline::{self, sealed_events};
use user_events_core::{Error, Mapping, Publication, RawRecord, SealedEnvelope, TableMapping};

use super::rows::{HIDDEN, RowChange, Side, row_change, side};
use crate::map::item::Item;
use crate::map::item_change::ItemChange;
use user_events_local::silence;

/// What a change of an item becomes.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What the rules make of the item before, and of the item now.
    pub(super) sides: Vec<(&'static str, Side)>,
    pub(super) changes: Vec<RowChange>,
    pub(super) events: Vec<Value>,
    /// Why there is no event.
    pub(super) why_none: Option<String>,
    /// The code and the reason if the record is parked.
    pub(super) parked: Option<(String, String)>,
}

/// Maps the change and derives its events. Personal data is hidden unless it is wanted.
///
/// Fails when the items do not have the keys of the mapping.
pub(super) fn outcome(
    mapping: &Mapping,
    table: &TableMapping,
    name: &str,
    change: &ItemChange<'_>,
    show_personal: bool,
) -> Result<Outcome> {
    let document = change.record(table, name)?;
    let record = to_raw_value(&document)?;
    let record = RawRecord::read(&record);
    let old = change.old.map(Item::image);
    let mut outcome = Outcome::default();
    for (word, item, before) in [("old", change.old, None), ("new", change.new, old.as_ref())] {
        if let Some(item) = item {
            let applied = table.apply(&item.image(), before, change.recorded);
            outcome.sides.push((word, side(&applied, show_personal)));
        }
    }
    let decoded = match pipeline::decode(Some(mapping), &record) {
        Ok(decoded) => decoded,
        Err(error) => return Ok(outcome.parked(&error)),
    };
    outcome.changes = decoded.records().iter().map(row_change).collect();
    let events = sealed_events(
        CATEGORIES,
        Some(mapping),
        &record,
        &Publication::default(),
        |envelope| sample_key_ring(envelope.classes()),
        &mut sample_nonce,
    );
    match events {
        Err(error) => return Ok(outcome.parked(&error)),
        Ok(events) => {
            let events = events.unwrap_or_default();
            let events = events.iter().map(|event| shown_event(event, show_personal));
            outcome.events = events.collect::<Result<_>>()?;
        }
    }
    if outcome.events.is_empty() {
        outcome.why_none = silence::reason(Some(mapping), &document);
    }
    Ok(outcome)
}

impl Outcome {
    fn parked(mut self, error: &Error) -> Self {
        self.parked = Some((error.code().as_str().to_owned(), error.message().to_owned()));
        self
    }
}

/// An event as it would be published, with its classes opened, or with their values hidden.
fn shown_event(event: &SealedEnvelope, show_personal: bool) -> Result<Value> {
    let document: Value = serde_json::from_str(&event.body)?;
    let mut data = document["data"].clone();
    let opened: BTreeMap<String, Value> =
        open_sample_members(&data, &event.id).context("an event was not encrypted with the sample key")?;
    for (class, mut content) in opened {
        if !show_personal {
            hide(&mut content);
        }
        data[class] = content;
    }
    Ok(json!({
        "category": event.category,
        "type": document["type"],
        "subject": document["subject"],
        "id": event.id,
        "time": document["time"],
        "data": data,
    }))
}

fn hide(content: &mut Value) {
    match content {
        Value::Object(members) => members.values_mut().for_each(hide),
        Value::Array(elements) => elements.iter_mut().for_each(hide),
        Value::Null => {}
        other => *other = Value::from(HIDDEN),
    }
}

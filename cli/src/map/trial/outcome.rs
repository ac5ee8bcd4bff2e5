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
    let record = to_raw_value(&change.record(table, name)?)?;
    let record = RawRecord::read(&record);
    let old = change.old.map(Item::image);
    let mut outcome = Outcome::default();
    let mut matched = false;
    for (word, item, before) in [("old", change.old, None), ("new", change.new, old.as_ref())] {
        if let Some(item) = item {
            let side = side(
                &table.apply(&item.image(), before, change.recorded),
                show_personal,
            );
            matched |= side.is_matched();
            outcome.sides.push((word, side));
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
        outcome.why_none = Some(why_none(&outcome, table, change, matched));
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

fn why_none(outcome: &Outcome, table: &TableMapping, change: &ItemChange<'_>, matched: bool) -> String {
    if !matched {
        return "no rule makes a row of the item, so it is skipped".to_owned();
    }
    if !outcome.changes.is_empty() {
        return "no event of the catalog says such a change of these rows; docs/rows.md lists which change is which event"
            .to_owned();
    }
    let unread = unread_changes(table, change);
    match (change.old, change.new) {
        (Some(_), Some(_)) if unread.is_empty() => {
            "the rows before and after the change are equal".to_owned()
        }
        (Some(_), Some(_)) => format!(
            "the rows before and after the change are equal; no rule reads what changed: `{}`",
            unread.join("`, `")
        ),
        _ => "the disappearance of these rows is no event: their rules say `removal: ignored`".to_owned(),
    }
}

/// The attributes that the change altered and no rule reads.
fn unread_changes<'i>(table: &TableMapping, change: &ItemChange<'i>) -> Vec<&'i str> {
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return Vec::new();
    };
    let read: Vec<&str> = table.attributes().collect();
    let names = old.attributes().chain(new.attributes()).map(|(name, _)| name);
    let mut changed: Vec<&str> = names
        .filter(|name| old.get(name) != new.get(name) && !read.contains(name))
        .collect();
    changed.sort_unstable();
    changed.dedup();
    changed
}

//! What a change of an item becomes: rows, changes of rows, events; or why there are none.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::description::{open_sample_members, sample_key_ring, sample_nonce};
use user_events_core::pipeline::{self, sealed_events};
use user_events_core::{
    Applied, Attribute, Change, Column, Error, Image, Keys, Mapping, Publication, RawRecord, Refusal,
    SealedEnvelope, StreamRecord, TableMapping, shapes,
};

use crate::map::item::{Item, digits_or_text};
use crate::map::item_change::ItemChange;

/// Written in place of personal data.
pub(super) const HIDDEN: &str = "(hidden)";

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

/// What the rules make of one image.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) rows: Vec<Row>,
    /// The rules that make no row, each with the reason.
    pub(super) refusals: Vec<(String, String)>,
}

/// A row that a rule made.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) rule: String,
    pub(super) kind: &'static str,
    pub(super) keys: Keys,
    pub(super) attributes: Map<String, Value>,
    pub(super) misfits: Vec<(&'static str, String)>,
}

/// The change of a row.
#[derive(Debug)]
pub(super) struct RowChange {
    pub(super) keys: Keys,
    /// `inserted`, `modified`, `removed` or `expired`.
    pub(super) what: &'static str,
    /// The attributes that a modification changed.
    pub(super) attributes: Vec<&'static str>,
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

impl Side {
    fn is_matched(&self) -> bool {
        !self.rows.is_empty()
    }
}

fn side(applied: &[Applied<'_>], show_personal: bool) -> Side {
    let mut side = Side::default();
    for rule in applied {
        match &rule.result {
            Err(Refusal::NoMatch(why)) => side.refusals.push((rule.rule().to_owned(), why.clone())),
            Err(Refusal::Unfit(why)) => side
                .refusals
                .push((rule.rule().to_owned(), format!("does not fit: {why}"))),
            Ok(rows) if rows.is_empty() => {
                side.refusals.push((
                    rule.rule().to_owned(),
                    "it matches, and the item has no element".to_owned(),
                ));
            }
            Ok(rows) => side.rows.extend(rows.iter().map(|row| Row {
                rule: row.rule().to_owned(),
                kind: row.kind(),
                keys: row.keys.clone(),
                attributes: attributes(row.kind(), &row.image, show_personal),
                misfits: row.misfits.clone(),
            })),
        }
    }
    side
}

fn columns(kind: &str) -> &'static [Column] {
    let shapes = shapes(CATEGORIES);
    let shape = shapes.iter().find(|shape| shape.kind == kind);
    shape.map(|shape| shape.columns).unwrap_or_default()
}

/// The attributes of a row. Those of a class of personal data are hidden unless they are wanted.
fn attributes(kind: &str, image: &Image, show_personal: bool) -> Map<String, Value> {
    let shown = |column: &Column| {
        let value = match image.get(column.name)? {
            Attribute::Unknown(_) => return None,
            _ if column.class.is_some() && !show_personal => Value::from(HIDDEN),
            Attribute::Bool(flag) => Value::from(*flag),
            other => Value::from(digits_or_text(other).unwrap_or(other.type_name())),
        };
        Some((column.name.to_owned(), value))
    };
    columns(kind).iter().filter_map(shown).collect()
}

fn row_change(record: &StreamRecord) -> RowChange {
    let what = match &record.change {
        Change::Inserted { .. } => "inserted",
        Change::Modified { .. } => "modified",
        Change::Removed { by_ttl: true, .. } => "expired",
        Change::Removed { .. } => "removed",
    };
    let all = shapes(CATEGORIES);
    let names = all
        .iter()
        .flat_map(|shape| shape.columns)
        .map(|column| column.name);
    let mut attributes: Vec<&'static str> = match &record.change {
        Change::Modified { .. } => names.filter(|name| record.differs(name)).collect(),
        _ => Vec::new(),
    };
    attributes.sort_unstable();
    attributes.dedup();
    RowChange {
        keys: record.keys.clone(),
        what,
        attributes,
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

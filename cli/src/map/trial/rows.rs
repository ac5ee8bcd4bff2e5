//! The rows of the two sides of a change, and the changes of rows.

use serde_json::{Map, Value};
use user_events_catalog::CATEGORIES;
use user_events_core::{Applied, Attribute, Change, Column, Image, Keys, Refusal, StreamRecord, shapes};

use crate::map::item::digits_or_text;

/// Written in place of personal data.
pub(super) const HIDDEN: &str = "(hidden)";

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

/// What the rules made of an image. Personal data is hidden unless it is wanted.
pub(super) fn side(applied: &[Applied<'_>], show_personal: bool) -> Side {
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

/// The change of a row that a mapping made.
pub(super) fn row_change(record: &StreamRecord) -> RowChange {
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

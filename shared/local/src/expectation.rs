//! Computes the events that writes must cause: applies each write to an in-memory copy of the tables and derives the events
//! of each change from the catalog.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;
use serde_json::value::to_raw_value;
use user_events_core::{Category, Derivation, DerivedEvent, RawRecord, StreamRecord, stream_record};

use crate::writes::{Action, Item, Key, Table, Write, item_json};

/// An expected event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpectedEvent {
    /// The category. The event arrives through the topic of that category.
    pub category: String,
    /// The type on the wire.
    pub event_type: String,
    /// Its subject.
    pub subject: String,
}

impl fmt::Display for ExpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.category, self.event_type, self.subject)
    }
}

/// The expected result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These events in this order. Empty if the write changes nothing, or only attributes that no event has.
    Events(Vec<ExpectedEvent>),
    /// No event: the record is moved to the parking-lot queue, for this reason.
    Parked(String),
}

/// An in-memory copy of the rows that the writes touch.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    rows: HashMap<(Table, Key), Option<Item>>,
}

impl Tables {
    /// Whether the state of the row is known: present or absent.
    pub fn knows(&self, table: Table, key: &Key) -> bool {
        self.rows.contains_key(&(table, key.clone()))
    }

    /// Takes over a row from the real table.
    pub fn learn(&mut self, table: Table, key: Key, row: Option<Item>) {
        self.rows.insert((table, key), row);
    }

    /// Applies a write. Returns its expected result.
    ///
    /// Fails when the catalog has no category for the table.
    pub fn apply(&mut self, write: &Write) -> Result<Expected> {
        let row = self.rows.entry((write.table, write.key.clone())).or_default();
        let old = row.take();
        let new = after(old.as_ref(), write);
        row.clone_from(&new);
        if old == new {
            // DynamoDB writes no stream record if nothing changed.
            return Ok(Expected::Events(Vec::new()));
        }
        expected(write.table, old.as_ref(), new.as_ref())
    }
}

fn after(old: Option<&Item>, write: &Write) -> Option<Item> {
    match &write.action {
        Action::Put(item) => Some(item.clone()),
        Action::Delete => None,
        Action::Update { set, .. } if set.is_empty() && old.is_none() => None,
        Action::Update { set, remove } => {
            let mut row = old.cloned().unwrap_or_else(|| write.key.attributes());
            row.extend(set.clone());
            row.retain(|name, _| !remove.contains(name));
            Some(row)
        }
    }
}

fn expected(table: Table, old: Option<&Item>, new: Option<&Item>) -> Result<Expected> {
    let category: &Category = user_events_catalog::CATEGORIES
        .iter()
        .find(|category| category.name == table.category())
        .with_context(|| format!("the catalog has no category for the table {}", table.name()))?;
    let derived = decode(table, old, new).and_then(|record| user_events_core::derive(&[category], &record));
    Ok(match derived {
        Ok(Derivation::UnknownKind) => Expected::Events(Vec::new()),
        Ok(Derivation::Events(derived)) => {
            let event = |event: &DerivedEvent| ExpectedEvent {
                category: event.category().to_owned(),
                event_type: event.event_type().to_string(),
                subject: event.subject().to_owned(),
            };
            Expected::Events(derived.iter().map(event).collect())
        }
        Err(error) => Expected::Parked(error.to_string()),
    })
}

/// The stream record of a change, as Lambda would receive it.
fn decode(
    table: Table,
    old: Option<&Item>,
    new: Option<&Item>,
) -> std::result::Result<StreamRecord, user_events_core::Error> {
    let record = stream_record(table.name(), old.map(item_json), new.map(item_json));
    user_events_core::decode(&RawRecord::read(&raw(&record)?))
}

fn raw(record: &Value) -> std::result::Result<Box<serde_json::value::RawValue>, user_events_core::Error> {
    to_raw_value(record).map_err(|_| {
        user_events_core::Error::new(
            user_events_core::Code::UndecodableRecord,
            "the row cannot be written as JSON",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writes::parse_line;

    const ACCOUNT: &str = r#""pk":"USER#1","sk":"ACCOUNT""#;

    fn types(tables: &mut Tables, write: &str) -> Vec<String> {
        match tables.apply(&parse_line(write).unwrap()).unwrap() {
            Expected::Events(events) => events
                .into_iter()
                .map(|event| format!("{} {}", event.event_type, event.subject))
                .collect(),
            Expected::Parked(reason) => panic!("{reason}"),
        }
    }

    fn registered() -> Tables {
        let mut tables = Tables::default();
        let put = format!(
            r#"{{"table":"accounts","put":{{{ACCOUNT},"email":"a@example.com","status":"PENDING_VERIFICATION","createdAt":"2026-03-01T08:00:00Z","updatedAt":"2026-03-01T08:00:00Z"}}}}"#
        );
        assert_eq!(types(&mut tables, &put), ["UserRegisteredEventV1 users/1"]);
        assert!(
            types(&mut tables, &put).is_empty(),
            "the same row again changes nothing"
        );
        tables
    }

    #[test]
    fn one_update_can_be_two_events() {
        let update = format!(
            r#"{{"table":"accounts","update":{{"key":{{{ACCOUNT}}},"set":{{"emailVerified":true,"status":"ACTIVE"}}}}}}"#
        );
        assert_eq!(
            types(&mut registered(), &update),
            [
                "UserEmailVerifiedEventV1 users/1",
                "UserAccountStatusChangedEventV1 users/1"
            ]
        );
    }

    #[test]
    fn removals_alone_make_no_row() {
        let mut tables = Tables::default();
        let update =
            format!(r#"{{"table":"accounts","update":{{"key":{{{ACCOUNT}}},"remove":["locale"]}}}}"#);
        assert!(types(&mut tables, &update).is_empty());
        let delete = format!(r#"{{"table":"accounts","delete":{{{ACCOUNT}}}}}"#);
        assert!(types(&mut tables, &delete).is_empty());
    }

    #[test]
    fn a_row_that_does_not_fit_is_expected_to_be_parked() {
        let update = format!(r#"{{"table":"accounts","update":{{"key":{{{ACCOUNT}}},"remove":["email"]}}}}"#);
        let expected = registered().apply(&parse_line(&update).unwrap()).unwrap();
        assert!(matches!(expected, Expected::Parked(reason) if reason.contains("email")));
    }

    #[test]
    fn a_row_of_another_kind_is_no_event() {
        let put = r#"{"table":"accounts","put":{"pk":"EMAIL#x","sk":"GUARD"}}"#;
        assert!(types(&mut Tables::default(), put).is_empty());
    }
}

//! Computes the events that writes must cause: applies each write to an in-memory copy of the tables and derives the events
//! of each change from the catalog.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;
use serde_json::value::to_raw_value;
use user_events_core::{Category, Envelope, Publication, RawRecord, pipeline, stream_record};

use crate::clock::now;
use crate::silence;
use crate::writes::{Action, Declared, DeclaredEvent, Item, Key, Layout, Write, item_json, native};

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

impl Expected {
    /// The declared result. A subject that is not declared is that of the derived event at the same place.
    pub fn declared(declared: &Declared, derived: &Self) -> Self {
        let derived = match derived {
            Self::Events(events) => events.as_slice(),
            Self::Parked(_) => &[],
        };
        let event = |(place, declared): (usize, &DeclaredEvent)| ExpectedEvent {
            category: declared.category.to_owned(),
            event_type: declared.event_type.clone(),
            subject: match (&declared.subject, derived.get(place)) {
                (Some(subject), _) => subject.clone(),
                (None, Some(event)) if event.event_type == declared.event_type => event.subject.clone(),
                (None, _) => String::new(),
            },
        };
        match declared {
            Declared::Parked => Self::Parked("as declared".to_owned()),
            Declared::Events(events) => Self::Events(events.iter().enumerate().map(event).collect()),
        }
    }

    /// Whether both are the same events, or both are parked, for whatever reason.
    pub fn agrees_with(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Parked(_), Self::Parked(_))) || self == other
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(events) if events.is_empty() => f.write_str("no event"),
            Self::Events(events) => {
                let events: Vec<_> = events.iter().map(ToString::to_string).collect();
                f.write_str(&events.join(", "))
            }
            Self::Parked(reason) => write!(f, "to be parked: {reason}"),
        }
    }
}

/// An in-memory copy of the rows that the writes touch.
#[derive(Debug, Clone)]
pub struct Tables<'a> {
    layout: Layout<'a>,
    rows: HashMap<(String, Key), Option<Item>>,
}

impl<'a> Tables<'a> {
    /// No rows are known.
    pub fn new(layout: Layout<'a>) -> Self {
        Self {
            layout,
            rows: HashMap::new(),
        }
    }

    /// Whether the state of the row is known: present or absent.
    pub fn knows(&self, table: &str, key: &Key) -> bool {
        self.rows.contains_key(&(table.to_owned(), key.clone()))
    }

    /// Takes over a row from the real table.
    pub fn learn(&mut self, table: &str, key: Key, row: Option<Item>) {
        self.rows.insert((table.to_owned(), key), row);
    }

    /// The row, as far as it is known.
    pub fn row(&self, table: &str, key: &Key) -> Option<&Item> {
        self.rows.get(&(table.to_owned(), key.clone()))?.as_ref()
    }

    /// Applies a write. Returns its expected result.
    ///
    /// Fails when the catalog has no category for the table.
    pub fn apply(&mut self, write: &Write) -> Result<Expected> {
        let row = self
            .rows
            .entry((write.table.clone(), write.key.clone()))
            .or_default();
        let old = row.take();
        let new = after(old.as_ref(), write);
        row.clone_from(&new);
        if old == new {
            // DynamoDB writes no stream record if nothing changed.
            return Ok(Expected::Events(Vec::new()));
        }
        expected(self.layout, write, old.as_ref(), new.as_ref())
    }
}

impl Tables<'_> {
    /// Why a write that is not applied yet causes no event. `None` if it causes one or would be parked.
    pub fn why_no_event(&self, write: &Write) -> Option<String> {
        let old = self.row(&write.table, &write.key);
        let new = after(old, write);
        let record = record(self.layout, write, old, new.as_ref());
        silence::reason(self.layout.mapping(), &record)
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

fn expected(layout: Layout<'_>, write: &Write, old: Option<&Item>, new: Option<&Item>) -> Result<Expected> {
    let own;
    let categories: &[&'static Category] = match layout {
        Layout::Native => {
            own = [native(&write.table)
                .with_context(|| format!("the catalog has no category for the table {}", write.table))?];
            &own
        }
        Layout::Mapped(_) => user_events_catalog::CATEGORIES,
    };
    let record = record(layout, write, old, new);
    let derived = raw(&record).and_then(|raw| events(categories, layout, &RawRecord::read(&raw)));
    Ok(match derived {
        Ok(events) => Expected::Events(events),
        Err(error) => Expected::Parked(error.to_string()),
    })
}

/// The events of the stream record of a write, as a function would derive them.
fn events(
    categories: &[&'static Category],
    layout: Layout<'_>,
    record: &RawRecord<'_>,
) -> std::result::Result<Vec<ExpectedEvent>, user_events_core::Error> {
    let decoded = pipeline::decode(layout.mapping(), record)?;
    let publication = Publication::default();
    let envelopes = pipeline::envelopes(categories, &decoded, &publication)?;
    let event = |envelope: Envelope| ExpectedEvent {
        category: envelope.category().to_owned(),
        event_type: envelope.event_type().to_string(),
        subject: envelope.subject().to_owned(),
    };
    envelopes
        .into_iter()
        .flatten()
        .map(|envelope| envelope.map(event))
        .collect()
}

/// The stream record of a write, as Lambda would receive it.
pub fn record(layout: Layout<'_>, write: &Write, old: Option<&Item>, new: Option<&Item>) -> Value {
    let mut record = stream_record(&write.table, old.map(item_json), new.map(item_json));
    record["dynamodb"]["Keys"] = item_json(&write.key.attributes());
    if layout.mapping().is_some() {
        // A rule can compare a time with that of the record.
        record["dynamodb"]["ApproximateCreationDateTime"] = (now().as_millisecond() / 1_000).into();
    }
    record
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

    fn apply(tables: &mut Tables<'_>, write: &str) -> Expected {
        let line = parse_line(write, Layout::Native).unwrap();
        tables.apply(&line.write).unwrap()
    }

    const ACCOUNT: &str = r#""pk":"USER#1","sk":"ACCOUNT""#;

    fn types(tables: &mut Tables<'_>, write: &str) -> Vec<String> {
        match apply(tables, write) {
            Expected::Events(events) => events
                .into_iter()
                .map(|event| format!("{} {}", event.event_type, event.subject))
                .collect(),
            Expected::Parked(reason) => panic!("{reason}"),
        }
    }

    fn registered() -> Tables<'static> {
        let mut tables = Tables::new(Layout::Native);
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
        let mut tables = Tables::new(Layout::Native);
        let update =
            format!(r#"{{"table":"accounts","update":{{"key":{{{ACCOUNT}}},"remove":["locale"]}}}}"#);
        assert!(types(&mut tables, &update).is_empty());
        let delete = format!(r#"{{"table":"accounts","delete":{{{ACCOUNT}}}}}"#);
        assert!(types(&mut tables, &delete).is_empty());
    }

    #[test]
    fn a_row_that_does_not_fit_is_expected_to_be_parked() {
        let update = format!(r#"{{"table":"accounts","update":{{"key":{{{ACCOUNT}}},"remove":["email"]}}}}"#);
        let expected = apply(&mut registered(), &update);
        assert!(matches!(expected, Expected::Parked(reason) if reason.contains("email")));
    }

    #[test]
    fn a_row_of_another_kind_is_no_event() {
        let put = r#"{"table":"accounts","put":{"pk":"EMAIL#x","sk":"GUARD"}}"#;
        assert!(types(&mut Tables::new(Layout::Native), put).is_empty());
    }

    #[test]
    fn a_declared_event_without_a_subject_has_that_of_the_derived_one() {
        let derived = |event_type: &str| {
            Expected::Events(vec![ExpectedEvent {
                category: "account".to_owned(),
                event_type: event_type.to_owned(),
                subject: "users/1".to_owned(),
            }])
        };
        let line = |subject: &str| {
            let line = format!(
                r#"{{"table":"accounts","delete":{{{ACCOUNT}}},"expect":[{{"type":"UserDeletedEventV1"{subject}}}]}}"#
            );
            parse_line(&line, Layout::Native).unwrap().declared.unwrap()
        };
        let subject = |declared: Declared, derived: Expected| match Expected::declared(&declared, &derived) {
            Expected::Events(events) => events[0].subject.clone(),
            Expected::Parked(reason) => panic!("{reason}"),
        };
        assert_eq!(subject(line(""), derived("UserDeletedEventV1")), "users/1");
        assert_eq!(
            subject(line(""), derived("UserRestoredEventV1")),
            "",
            "which no event has"
        );
        assert_eq!(
            subject(line(r#","subject":"users/2""#), derived("UserDeletedEventV1")),
            "users/2"
        );
    }
}

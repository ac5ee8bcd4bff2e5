//! The writes that cause an event, and all events that they cause.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::{Envelope, Publication, RawRecord, Time, pipeline, stream_record};
use user_events_local::writes::{Action, Layout, Write, item_json, parse_line};

use super::rows::Rows;

/// A write, and the events that it causes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub(super) write: Write,
    pub(super) events: Vec<Caused>,
}

/// An event that a write causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caused {
    pub(super) category: String,
    pub(super) event_type: String,
    pub(super) subject: String,
}

/// The writes that lead to an event of that type. `current` is the row in the table.
///
/// Fails when no writes of the row cause the event.
pub(super) fn plan(rows: &Rows, current: Option<Value>, wanted: &str, now: Time) -> Result<Vec<Planned>> {
    let exists = current.is_some();
    let mut last = Vec::new();
    for changes in changes(rows, exists) {
        let mut row = current.clone();
        let mut planned = Vec::new();
        for change in changes {
            let before = row.take();
            let line = change.line(rows);
            row = change.after(before.as_ref());
            planned.push(one(&rows.table, &line, before, row.clone(), now)?);
        }
        last = planned
            .last()
            .map(|planned: &Planned| planned.events.clone())
            .unwrap_or_default();
        if last.iter().any(|event| event.event_type == wanted) {
            return Ok(planned);
        }
    }
    let types: Vec<_> = last.iter().map(|event| event.event_type.as_str()).collect();
    let instead = if types.is_empty() {
        "no event".to_owned()
    } else {
        types.join(" and ")
    };
    bail!(
        "the row exists as it is, and the write would cause {instead}, not {wanted}; name another user with --user, or \
         omit --user"
    )
}

/// What a write does to the row.
#[derive(Debug, Clone)]
enum RowChange {
    Insert(Value),
    /// Sets the attributes of the row that differ from the other one.
    Adjust {
        to: Value,
        from: Value,
    },
    Remove,
}

/// The ways to the event, best first. An existing row keeps the attributes that the change is not about.
fn changes(rows: &Rows, exists: bool) -> Vec<Vec<RowChange>> {
    use RowChange::{Adjust, Insert, Remove};
    match (&rows.old, &rows.new, exists) {
        (None, Some(new), false) => vec![vec![Insert(new.clone())]],
        (Some(old), Some(new), false) => vec![vec![Insert(old.clone()), Insert(new.clone())]],
        (Some(old), None, false) => vec![vec![Insert(old.clone()), Remove]],
        (Some(_), None, true) => vec![vec![Remove]],
        (Some(old), Some(new), true) => {
            let forward = Adjust {
                to: new.clone(),
                from: old.clone(),
            };
            let back = Adjust {
                to: old.clone(),
                from: new.clone(),
            };
            // The row may already be as after the change.
            vec![vec![forward.clone()], vec![back.clone()], vec![back, forward]]
        }
        (None, _, _) => Vec::new(),
    }
}

impl RowChange {
    /// The write, as a line of a writes file.
    fn line(&self, rows: &Rows) -> Value {
        let (table, key) = (&rows.table, item_json(&rows.key.attributes()));
        match self {
            Self::Insert(row) => json!({ "table": table, "put": row }),
            Self::Adjust { to, from } => {
                let (set, remove) = differences(from, to);
                json!({ "table": table, "update": { "key": key, "set": set, "remove": remove } })
            }
            Self::Remove => json!({ "table": table, "delete": key }),
        }
    }

    /// The row after the write.
    fn after(&self, before: Option<&Value>) -> Option<Value> {
        match self {
            Self::Insert(row) => Some(row.clone()),
            Self::Adjust { to, from } => {
                let (set, remove) = differences(from, to);
                let mut row = before.cloned()?;
                let members = row.as_object_mut()?;
                members.extend(set);
                members.retain(|name, _| !remove.contains(name));
                Some(row)
            }
            Self::Remove => None,
        }
    }
}

/// The attributes to set and those to remove.
fn differences(old: &Value, new: &Value) -> (Map<String, Value>, Vec<String>) {
    let members = |row: &Value| row.as_object().cloned().unwrap_or_default();
    let (old, new) = (members(old), members(new));
    let removed = old
        .keys()
        .filter(|name| !new.contains_key(*name))
        .cloned()
        .collect();
    let set = new
        .into_iter()
        .filter(|(name, value)| old.get(name) != Some(value));
    (set.collect(), removed)
}

fn one(table: &str, line: &Value, before: Option<Value>, after: Option<Value>, now: Time) -> Result<Planned> {
    let write = match parse_line(&line.to_string(), Layout::Native) {
        Ok(line) => line.write,
        Err(misfits) => bail!("the row cannot be written: {}", misfits.join(", ")),
    };
    let events = if before == after {
        // DynamoDB makes no stream record of it.
        Vec::new()
    } else {
        let mut record = stream_record(table, before, after);
        record["dynamodb"]["ApproximateCreationDateTime"] = json!(now.as_millisecond() / 1_000);
        events(&record).context("the publisher would park the record of the row")?
    };
    Ok(Planned { write, events })
}

/// The events of a stream record, as the publisher derives them.
fn events(record: &Value) -> Result<Vec<Caused>> {
    let raw = to_raw_value(record)?;
    let decoded = pipeline::decode(None, &RawRecord::read(&raw))?;
    let publication = Publication::default();
    let envelopes = pipeline::envelopes(CATEGORIES, &decoded, &publication)?;
    let caused = |envelope: Envelope| Caused {
        category: envelope.category().to_owned(),
        event_type: envelope.event_type().to_string(),
        subject: envelope.subject().to_owned(),
    };
    let events = envelopes
        .into_iter()
        .flatten()
        .map(|envelope| Ok(caused(envelope?)));
    events.collect()
}

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}  {}", self.category, self.event_type, self.subject)
    }
}

impl fmt::Display for Planned {
    /// The write without its values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<6}  {}", self.write.action.name(), self.write.key)?;
        if let Action::Update { set, remove } = &self.write.action {
            let mut names: Vec<_> = set.keys().chain(remove).map(String::as_str).collect();
            names.sort_unstable();
            write!(f, ": {}", names.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use user_events_core::Registration;

    use super::*;
    use crate::names;

    fn now() -> Time {
        Time::parse("2030-05-01T12:00:00Z").unwrap()
    }

    fn rows(registration: &Registration, user: Option<&str>) -> Rows {
        Rows::new(registration, user, "new", now()).unwrap()
    }

    /// The row after the writes, as DynamoDB makes them.
    fn row_after(row: Option<Value>, planned: &[Planned]) -> Option<Value> {
        planned
            .iter()
            .fold(row, |row, planned| match &planned.write.action {
                Action::Put(item) => Some(item_json(item)),
                Action::Update { set, remove } => {
                    let mut row = row.unwrap();
                    let members = row.as_object_mut().unwrap();
                    members.extend(item_json(set).as_object().unwrap().clone());
                    members.retain(|name, _| !remove.contains(name));
                    Some(row)
                }
                Action::Delete => None,
            })
    }

    #[test]
    fn every_event_of_a_user_table_can_be_triggered() {
        let of_user_tables =
            names::registrations().filter(|(_, registration)| !registration.is_from_subject_keys());
        for (_, registration) in of_user_tables {
            let wanted = registration.event_type().to_string();
            let planned = plan(&rows(registration, None), None, &wanted, now()).unwrap();
            let last = planned.last().unwrap();
            assert!(
                last.events.iter().any(|event| event.event_type == wanted),
                "{wanted}"
            );
        }
    }

    #[test]
    fn the_events_of_one_user_can_be_triggered_one_after_the_other() {
        let mut current = None;
        for name in [
            "UserRegistered",
            "UserEmailChanged",
            "UserEmailChanged",
            "UserEmailVerified",
            "UserEmailVerified",
            "UserDeleted",
        ] {
            let (_, registration) = names::event(name).unwrap();
            let wanted = registration.event_type().to_string();
            let planned = plan(&rows(registration, Some("42")), current.clone(), &wanted, now()).unwrap();
            assert_eq!(planned.last().unwrap().events[0].subject, "users/42");
            current = row_after(current, &planned);
            let row = current.as_ref().unwrap();
            assert_eq!(
                row["createdAt"]["S"], "2026-03-01T12:00:00Z",
                "{name} changes nothing else"
            );
        }
        assert_eq!(current.unwrap()["status"]["S"], "DELETED");
    }

    #[test]
    fn an_erasure_is_not_triggered_but_ordered() {
        let (_, registration) = names::event("UserErased").unwrap();
        let error = Rows::new(registration, Some("42"), "new", now()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "UserErasedEventV1 comes from no row of a user table, but from `user-events erase`; to send a sample of it, use \
             `user-events send`"
        );
    }

    #[test]
    fn a_row_that_exists_is_never_replaced() {
        let (_, registration) = names::event("UserRegistered").unwrap();
        let rows = rows(registration, Some("42"));
        let planned = plan(&rows, None, "UserRegisteredEventV1", now()).unwrap();
        let error = plan(&rows, row_after(None, &planned), "UserRegisteredEventV1", now())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("the row exists") && error.contains("--user"),
            "{error}"
        );
    }

    #[test]
    fn a_write_without_the_wanted_event_is_refused() {
        let (_, registration) = names::event("UserSessionExpired").unwrap();
        let mut rows = rows(registration, Some("42"));
        let ended = rows.old.as_mut().unwrap();
        ended["endReason"] = json!({ "S": "LOGOUT" });
        let error = plan(&rows, rows.old.clone(), "UserSessionExpiredEventV1", now())
            .unwrap_err()
            .to_string();
        assert!(error.contains("would cause no event"), "{error}");
    }

    #[test]
    fn an_id_must_fit_a_key_and_its_event() {
        let (_, of_user) = names::event("UserRegistered").unwrap();
        for id in ["", "a#b", "a\nb"] {
            let error = Rows::new(of_user, Some(id), "new", now())
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("--user: "), "{error}");
        }
        let (_, of_role) = names::event("RoleCreated").unwrap();
        let error = Rows::new(of_role, Some("42"), "new", now())
            .unwrap_err()
            .to_string();
        assert!(error.contains("not about a user"), "{error}");
        let rows = rows(of_role, None);
        assert_eq!(rows.key.to_string(), "ROLE#new ROLE");
    }
}

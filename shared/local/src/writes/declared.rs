//! The result that a writes file declares for a write.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use user_events_catalog::registrations;

/// The declared result of a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Declared {
    /// Exactly these events, in this order.
    Events(Vec<DeclaredEvent>),
    /// No event: the record is moved to the parking-lot queue.
    Parked,
}

/// A declared event.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredEvent {
    /// Its category.
    pub category: &'static str,
    /// Its type.
    pub event_type: String,
    /// Its subject; any if absent.
    pub subject: Option<String>,
    /// Members of its data, encrypted classes opened. It may have others.
    pub data: Map<String, Value>,
}

/// Reads `"parked"`, or a list of events: `[{"type": "UserRegisteredEventV1", "subject": "users/1", "data": {…}}]`.
pub(super) fn declared(raw: &RawValue, path: &str, misfits: &mut Vec<String>) -> Option<Declared> {
    match serde_json::from_str(raw.get()) {
        Ok(Value::String(word)) if word == "parked" => Some(Declared::Parked),
        Ok(Value::Array(events)) => {
            let events = events
                .iter()
                .enumerate()
                .filter_map(|(index, event)| declared_event(event, &format!("{path}[{index}]"), misfits));
            Some(Declared::Events(events.collect()))
        }
        _ => {
            misfits.push(format!("`{path}` must be a list of events, or \"parked\""));
            None
        }
    }
}

fn declared_event(event: &Value, path: &str, misfits: &mut Vec<String>) -> Option<DeclaredEvent> {
    let Some(members) = event.as_object() else {
        misfits.push(format!("`{path}` is not an object"));
        return None;
    };
    for name in members.keys() {
        if !["type", "subject", "data"].contains(&name.as_str()) {
            misfits.push(format!("`{path}.{name}` is not one of `type`, `subject`, `data`"));
        }
    }
    let subject = members.get("subject");
    if subject.is_some_and(|subject| !subject.is_string()) {
        misfits.push(format!("`{path}.subject` is not a string"));
    }
    let data = members.get("data");
    if data.is_some_and(|data| !data.is_object()) {
        misfits.push(format!("`{path}.data` is not an object"));
    }
    let event_type = members.get("type").and_then(Value::as_str).unwrap_or_default();
    let Some((category, _)) =
        registrations().find(|(_, registration)| registration.event_type().as_str() == event_type)
    else {
        misfits.push(format!(
            "`{path}.type` is not the type of an event, such as UserRegisteredEventV1"
        ));
        return None;
    };
    Some(DeclaredEvent {
        category,
        event_type: event_type.to_owned(),
        subject: subject.and_then(Value::as_str).map(str::to_owned),
        data: data.and_then(Value::as_object).cloned().unwrap_or_default(),
    })
}

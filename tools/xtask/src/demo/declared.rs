//! Compares the data of a received event with the declared data.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use user_events_consumer::ReceivedEvent;
use user_events_local::story::Step;
use user_events_local::writes::{Declared, DeclaredEvent};

/// The declared events that have not been compared yet, by write.
#[derive(Debug, Default)]
pub(super) struct DeclaredData(HashMap<usize, Vec<DeclaredEvent>>);

impl DeclaredData {
    /// Adds the events that are declared for a step. Returns the difference if the rules give others.
    pub(super) fn declare(&mut self, write: usize, step: &Step) -> Option<String> {
        if let Some(Declared::Events(events)) = &step.declared {
            self.0.insert(write, events.clone());
        }
        let derived = step.derived.as_ref()?;
        Some(format!(
            "declared: {}, but the rules give {derived}, of write {write}",
            step.expected
        ))
    }

    /// Compares an event of a write with the first declared event of its type. Returns a difference for each member that is
    /// not as declared.
    pub(super) fn compare(
        &mut self,
        write: usize,
        event: &ReceivedEvent,
        opened: &BTreeMap<String, Value>,
    ) -> Vec<String> {
        let declared = self.0.get_mut(&write).and_then(|events| {
            let place = events
                .iter()
                .position(|declared| declared.event_type == event.event_type())?;
            Some(events.remove(place))
        });
        let mut data = event.data().clone();
        data.extend(
            opened
                .iter()
                .map(|(class, content)| (class.clone(), content.clone())),
        );
        let mut paths = Vec::new();
        if let Some(declared) = declared {
            differing(&declared.data, &data, "data", &mut paths);
        }
        let (event_type, subject) = (event.event_type(), event.subject());
        let difference =
            |path| format!("other than declared: `{path}` of {event_type} {subject}, of write {write}");
        paths.into_iter().map(difference).collect()
    }
}

/// Collects the paths at which a declared member is absent or another value.
fn differing(declared: &Map<String, Value>, found: &Map<String, Value>, path: &str, paths: &mut Vec<String>) {
    for (name, declared) in declared {
        let path = format!("{path}.{name}");
        match (declared, found.get(name)) {
            (Value::Object(declared), Some(Value::Object(found))) => differing(declared, found, &path, paths),
            (declared, found) if found == Some(declared) => {}
            _ => paths.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_declared_members_are_compared_at_any_depth() {
        let paths = |declared: Value| {
            let found =
                json!({ "userId": "1", "contact": { "email": "a@example.com", "phoneNumber": "7" }, "n": 3 });
            let mut paths = Vec::new();
            differing(
                declared.as_object().unwrap(),
                found.as_object().unwrap(),
                "data",
                &mut paths,
            );
            paths
        };
        assert!(paths(json!({ "userId": "1", "contact": { "email": "a@example.com" } })).is_empty());
        assert_eq!(
            paths(json!({ "userId": 1, "contact": { "email": "b@example.com" }, "n": {}, "m": null })),
            ["data.userId", "data.contact.email", "data.n", "data.m"]
        );
    }
}

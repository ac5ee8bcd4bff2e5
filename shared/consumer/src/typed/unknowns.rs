//! What an event holds that this version does not know, to be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::LazyLock;

use serde_json::Value;
use user_events_catalog::CATEGORIES;
use user_events_core::Registration;
use user_events_core::description::schema;

use super::recognition::{Recognition, registrations};
use crate::received::ReceivedEvent;

/// What an event holds that this version of the catalogue does not know. All of it is survived; it tells that the
/// publisher went ahead and that it may be time to update this package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknowns {
    /// The event's name is not in the catalogue. Nothing else can be told of it then.
    pub event_type: bool,
    /// The name is in the catalogue, in other major versions.
    pub major: bool,
    /// Fields of the data that the type does not have, classes included.
    pub fields: Vec<String>,
    /// Fields of the data whose value is none of those that the type lists.
    pub values: Vec<String>,
}

/// Unknowns counted, for a metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCounts {
    /// Events whose name is not in the catalogue.
    pub event_types: u64,
    /// Events in another major version than those in the catalogue.
    pub majors: u64,
    /// Fields that their type does not have.
    pub fields: u64,
    /// Values that their type does not list.
    pub values: u64,
}

/// The fields of a type, and which values those have that list them.
struct Shape(BTreeMap<String, Option<BTreeSet<String>>>);

impl ReceivedEvent {
    /// What the event holds that the catalogue of this version does not know. What is inside sealed classes is not
    /// looked at.
    pub fn unknowns(&self) -> Unknowns {
        static SHAPES: LazyLock<BTreeMap<&'static str, Shape>> = LazyLock::new(|| {
            registrations(CATEGORIES)
                .map(|registration| (registration.event_type().as_str(), Shape::of(registration)))
                .collect()
        });
        let mut unknowns = Unknowns {
            event_type: self.recognise() == Recognition::Unknown,
            major: matches!(self.recognise(), Recognition::OtherMajor { .. }),
            ..Unknowns::default()
        };
        if let Some(Shape(fields)) = SHAPES.get(self.event_type()) {
            for (name, value) in self.data() {
                match fields.get(name) {
                    None => unknowns.fields.push(name.clone()),
                    Some(Some(values)) if value.as_str().is_some_and(|value| !values.contains(value)) => {
                        unknowns.values.push(name.clone());
                    }
                    Some(_) => {}
                }
            }
        }
        unknowns
    }
}

impl Unknowns {
    /// Whether everything in the event is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign<&Unknowns> for UnknownCounts {
    fn add_assign(&mut self, unknowns: &Unknowns) {
        self.event_types += u64::from(unknowns.event_type);
        self.majors += u64::from(unknowns.major);
        self.fields += unknowns.fields.len() as u64;
        self.values += unknowns.values.len() as u64;
    }
}

impl Shape {
    fn of(registration: &Registration) -> Self {
        let schema = schema(registration);
        let properties = schema.get("properties").and_then(Value::as_object);
        Self(
            properties
                .into_iter()
                .flatten()
                .map(|(name, property)| (name.clone(), values(property)))
                .collect(),
        )
    }
}

/// The values of an enumeration: a list, or one alternative each where they are described. `None` where any will do.
fn values(property: &Value) -> Option<BTreeSet<String>> {
    let listed = property.get("enum").and_then(Value::as_array);
    let described = property.get("oneOf").and_then(Value::as_array);
    let described = described.map(|values| values.iter().flat_map(|value| value.get("const")).collect());
    let values: Vec<&Value> = listed.map(|values| values.iter().collect()).or(described)?;
    Some(
        values
            .into_iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::received::event_of_type;

    #[test]
    fn what_is_unknown_is_named_and_counted() {
        let mut counts = UnknownCounts::default();
        for (event_type, data) in [
            (
                "UserRegisteredEventV1",
                r#"{"userId":"user-1","status":"ASLEEP","registeredAt":"2026-03-01T12:00:00Z","shoeSize":42}"#,
            ),
            ("UserRegisteredEventV7", r#"{"anything":1}"#),
            ("SomethingNewEventV1", r#"{"anything":1}"#),
        ] {
            let unknowns = event_of_type(event_type, data).unknowns();
            if event_type == "UserRegisteredEventV1" {
                assert_eq!(unknowns.fields, ["shoeSize"]);
                assert_eq!(unknowns.values, ["status"]);
            }
            counts += &unknowns;
        }
        let once = UnknownCounts {
            event_types: 1,
            majors: 1,
            fields: 1,
            values: 1,
        };
        assert_eq!(counts, once);
    }
}

//! Finds the parts of an event that this version does not know, for a metric.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::LazyLock;

use serde_json::Value;
use user_events_core::Registration;
use user_events_core::description::schema;

use super::recognition::{CATALOG, Recognition, registrations};
use crate::received::ReceivedEvent;

/// The parts of an event that this version of the catalogue does not know. They cause no failure. They show that the
/// publisher has a newer version, and that it may be time to update this library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknowns {
    /// The event is not in the catalogue, so nothing else is known about it.
    pub event_type: bool,
    /// The catalogue has the event in other major versions only.
    pub major: bool,
    /// Fields of the data that the type does not have, including classes.
    pub fields: Vec<String>,
    /// Fields of the data with a value that the type does not list.
    pub values: Vec<String>,
}

/// Counts of unknowns, for a metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCounts {
    /// Events that are not in the catalogue.
    pub event_types: u64,
    /// Events in a major version that the catalogue does not have.
    pub majors: u64,
    /// Fields that the type does not have.
    pub fields: u64,
    /// Values that the type does not list.
    pub values: u64,
}

/// The fields of a type, each with its values if the type lists them.
struct Shape(BTreeMap<String, Option<BTreeSet<String>>>);

impl ReceivedEvent {
    /// Finds the parts of the event that the catalogue of this version does not know. It does not look into sealed
    /// classes.
    pub fn unknowns(&self) -> Unknowns {
        static SHAPES: LazyLock<BTreeMap<&'static str, Shape>> = LazyLock::new(|| {
            registrations(&CATALOG)
                .map(|registration| {
                    (
                        registration.event_type().as_str(),
                        Shape::from_registration(registration),
                    )
                })
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
    fn from_registration(registration: &Registration) -> Self {
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

/// The known values of an enumeration, from the constants of `anyOf`. `None` if the type lists no values.
fn values(property: &Value) -> Option<BTreeSet<String>> {
    let choices = property.get("anyOf").and_then(Value::as_array)?;
    let known = choices.iter().filter_map(|choice| choice.get("const")?.as_str());
    Some(known.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::received::event_of_type;

    #[test]
    fn unknown_parts_are_named_and_counted() {
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

//! Reads an event as its type.

use serde_json::Value;
use user_events_core::description::schema;
use user_events_core::strict::{Misfit, from_strict};
use user_events_core::{Event, Registration, Time};

use crate::received::ReceivedEvent;

/// Why an event could not be read as a type. No error quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The event has another type. It is still a valid event.
    #[error("the event is not a {wanted}; check its type before reading it")]
    OtherType {
        /// The type that was asked for.
        wanted: &'static str,
    },
    /// The event is thin (an event notification): it holds no state, only the URL to get it from. Read its data as a
    /// [`ThinEvent`](user_events_core::ThinEvent).
    #[error("the {wanted} is thin; get its data from its callback")]
    Thin {
        /// The type that was asked for.
        wanted: &'static str,
    },
    /// The event has the type, but its data breaks the type's schema. No retry can help.
    #[error(
        "the data of a {wanted} breaks its schema{}; set the message aside and report it to the publisher",
        field.as_ref().map(|field| format!(" at `{field}`")).unwrap_or_default()
    )]
    DoesNotFit {
        /// The type that was asked for.
        wanted: &'static str,
        /// The first field that is missing or has another kind of value. `None` if the fault is another one.
        field: Option<String>,
    },
}

/// A newer version of an event that an older one can be converted to. A field that the old version lacks gets the value
/// that means "unknown".
///
/// While both versions are published, a subscriber must filter for one of them to get each change once. An upcast is
/// for events that were published before the newer version existed, from a dead-letter queue or an archive.
pub trait Upcast<Old: Event>: Event {
    /// Converts the old event.
    fn upcast(old: Old) -> Self;
}

impl ReceivedEvent {
    /// Reads the event's data as a type of the catalogue: `event.read::<UserRegisteredEventV1>()`. Ignores fields that
    /// the type does not have, and keeps unknown values of enumerations as `Choice::Unknown`;
    /// [`unknowns`](Self::unknowns) counts both. Sealed classes stay sealed.
    ///
    /// Fails when the event has another type, when it is thin, and when its data does not fit the type.
    pub fn read<E: Event>(&self) -> Result<E, ReadError> {
        if self.event_type() != E::TYPE {
            return Err(ReadError::OtherType { wanted: E::TYPE });
        }
        // Some thin events would fit, but as if the user had no personal data.
        if self.is_thin() {
            return Err(ReadError::Thin { wanted: E::TYPE });
        }
        // The text was found strict when the event was received.
        from_strict(self.data_text()).map_err(|Misfit| ReadError::DoesNotFit {
            wanted: E::TYPE,
            field: misfit(&Registration::new::<E>(), self.data()),
        })
    }

    /// Reads an event of either of two types as the newer one.
    ///
    /// Fails when the event has neither type, and when its data does not fit its type.
    pub fn read_upcast<Old: Event, New: Upcast<Old>>(&self) -> Result<New, ReadError> {
        if self.event_type() == Old::TYPE {
            return self.read::<Old>().map(New::upcast);
        }
        self.read()
    }
}

/// The first required field that the data lacks, else the first field with another kind of value than in the schema.
fn misfit(registration: &Registration, data: &serde_json::Map<String, Value>) -> Option<String> {
    let schema = schema(registration);
    let required = schema.get("required").and_then(Value::as_array);
    let missing = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .find(|name| !data.contains_key(*name));
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut properties = properties.into_iter().flatten();
    let other_kind = || {
        properties.find_map(|(name, property)| {
            let value = data.get(name)?;
            (!is_of_kind(property, value)).then_some(name.as_str())
        })
    };
    missing.or_else(other_kind).map(str::to_owned)
}

fn is_of_kind(property: &Value, value: &Value) -> bool {
    // An enumeration lists its known values in `anyOf`, and any other short text.
    let is_choice = property.get("anyOf").is_some();
    match property.get("type").and_then(Value::as_str) {
        _ if is_choice => value.is_string(),
        Some("string") if property.get("format").is_some_and(|format| format == "date-time") => {
            value.as_str().and_then(Time::parse).is_some()
        }
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer" | "number") => value.is_number(),
        Some("array") => value.is_array(),
        Some("object") => {
            let required = property.get("required").and_then(Value::as_array);
            let mut required = required.into_iter().flatten().filter_map(Value::as_str);
            value.is_object() && required.all(|name| value.get(name).is_some())
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use user_events_catalog::account::{AccountStatus, UserDeletedEventV1, UserRegisteredEventV1};
    use user_events_catalog::registrations;
    use user_events_core::description::published_example;
    use user_events_core::{Choice, Publication};

    use super::*;
    use crate::received::event_of_type;

    const DATA: &str =
        r#"{"userId":"user-1","status":"ASLEEP","registeredAt":"2026-03-01T12:00:00.000Z","shoeSize":42}"#;

    #[test]
    fn an_event_with_additions_is_read_as_its_type() {
        let event = event_of_type("UserRegisteredEventV1", DATA);
        let registered = event.read::<UserRegisteredEventV1>().unwrap();
        assert_eq!(registered.user_id, "user-1");
        assert_eq!(
            registered.status,
            Choice::<AccountStatus>::Unknown("ASLEEP".to_owned())
        );
        assert!(registered.contact.is_none());
    }

    #[test]
    fn another_type_and_data_that_does_not_fit_are_different_errors() {
        let event = event_of_type("UserRegisteredEventV1", DATA);
        let wanted = "UserDeletedEventV1";
        assert_eq!(
            event.read::<UserDeletedEventV1>().unwrap_err(),
            ReadError::OtherType { wanted }
        );
        for (from, to, field) in [
            ("\"user-1\"", "7", "userId"),
            ("\"userId\":\"user-1\",", "", "userId"),
            ("\"ASLEEP\"", "true", "status"),
            ("2026-03-01", "secret", "registeredAt"),
            ("\"shoeSize\":42", "\"contact\":{\"email\":\"secret\"}", "contact"),
        ] {
            let event = event_of_type("UserRegisteredEventV1", &DATA.replacen(from, to, 1));
            let error = event.read::<UserRegisteredEventV1>().unwrap_err();
            let wanted = "UserRegisteredEventV1";
            let field = Some(field.to_owned());
            assert_eq!(error, ReadError::DoesNotFit { wanted, field }, "{from}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn every_published_example_is_recognised_and_has_no_unknowns() {
        for (category, registration) in registrations() {
            let published = published_example(registration, category, &Publication::default());
            let event = ReceivedEvent::from_message_body(&published.event.body).unwrap();
            let event_type = registration.event_type();
            assert_eq!(event.recognise(), crate::Recognition::Known(event_type));
            assert_eq!(event.category(), Some(category));
            assert_eq!(event.partition_key(), published.event.partition_key);
            assert!(event.time().is_some() && event.recorded_time().is_some());
            assert!(
                event.unknowns().is_empty(),
                "{event_type}: {:?}",
                event.unknowns()
            );
            assert_eq!(misfit(registration, event.data()), None, "{event_type}");
        }
    }
}

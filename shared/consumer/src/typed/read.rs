//! Reading an event as its type.

use std::fmt;

use serde_json::Value;
use user_events_core::description::schema;
use user_events_core::{Event, Registration, Time};

use crate::received::ReceivedEvent;

/// Why an event could not be read as a type. No value of it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is of another type. Nothing is wrong with it.
    OtherType {
        /// The type it was to be read as.
        wanted: &'static str,
    },
    /// It is of this type and thin: it says where to ask for the rest. Read its data as a
    /// [`ThinEvent`](user_events_core::ThinEvent).
    Thin {
        /// The type it was to be read as.
        wanted: &'static str,
    },
    /// It is of this type, and its data breaks the type's schema. No retry mends it.
    DoesNotFit {
        /// The type it was to be read as.
        wanted: &'static str,
        /// The first field that is missing or of another kind, where that is what is wrong.
        field: Option<String>,
    },
}

/// A newer type that an older one can be read as: what the old one does not say gets the value that stands for that.
///
/// While both versions are published, a subscriber that wants each change once filters for one of them. An upcast is
/// for what was published before the newer version, out of a dead-letter queue or an archive.
pub trait Upcast<Old: Event>: Event {
    /// The old event as the newer type.
    fn upcast(old: Old) -> Self;
}

impl ReceivedEvent {
    /// The event's data as a type of the catalogue: `event.read::<UserRegisteredEventV1>()`. Fields that the type does
    /// not have are ignored, values of enumerations that it does not know are kept as `Choice::Unknown`; count both by
    /// [`unknowns`](Self::unknowns). Its sealed classes stay sealed.
    ///
    /// Fails when the event is of another type, and when it is of this one and is thin or does not fit it.
    pub fn read<E: Event>(&self) -> Result<E, ReadError> {
        if self.event_type() != E::TYPE {
            return Err(ReadError::OtherType { wanted: E::TYPE });
        }
        // Some thin events would fit, with their classes absent as if the user had none.
        if self.data().contains_key("callback") {
            return Err(ReadError::Thin { wanted: E::TYPE });
        }
        serde_json::from_str(self.data_text()).map_err(|_| ReadError::DoesNotFit {
            wanted: E::TYPE,
            field: misfit(&Registration::new::<E>(), self.data()),
        })
    }

    /// The event's data as the newer of two types, whichever of them it is.
    ///
    /// Fails when it is neither, and when it does not fit the one it is.
    pub fn read_upcast<Old: Event, New: Upcast<Old>>(&self) -> Result<New, ReadError> {
        if self.event_type() == Old::TYPE {
            return self.read::<Old>().map(New::upcast);
        }
        self.read()
    }
}

/// The first field that the schema requires and the data lacks, or that is of another kind than the schema says.
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
    // An enumeration is texts, whether its values are listed in one place or described one by one.
    let is_choice = property.get("enum").is_some() || property.get("oneOf").is_some();
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

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherType { wanted } => {
                write!(f, "the event is no {wanted}; ask for its type before reading it")
            }
            Self::Thin { wanted } => {
                write!(
                    f,
                    "the {wanted} is thin; ask its callback for what it does not tell"
                )
            }
            Self::DoesNotFit { wanted, field } => {
                write!(f, "the data of a {wanted} breaks its schema")?;
                if let Some(field) = field {
                    write!(f, " at `{field}`")?;
                }
                f.write_str("; set the message aside and tell the publisher")
            }
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use user_events_catalog::CATEGORIES;
    use user_events_catalog::account::{AccountStatus, UserDeletedEventV1, UserRegisteredEventV1};
    use user_events_core::description::published_example;
    use user_events_core::{Choice, Publication};

    use super::*;
    use crate::received::event_of_type;

    const DATA: &str =
        r#"{"userId":"user-1","status":"ASLEEP","registeredAt":"2026-03-01T12:00:00.000Z","shoeSize":42}"#;

    #[test]
    fn an_event_is_read_as_its_type_whatever_was_added_to_it() {
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
    fn another_type_is_told_apart_from_data_that_does_not_fit() {
        let event = event_of_type("UserRegisteredEventV1", DATA);
        let wanted = "UserDeletedEventV1";
        assert_eq!(
            event.read::<UserDeletedEventV1>().unwrap_err(),
            ReadError::OtherType { wanted }
        );
        for (from, to, field) in [
            ("\"user-1\"", "7", Some("userId")),
            ("\"userId\":\"user-1\",", "", Some("userId")),
            ("\"ASLEEP\"", "true", Some("status")),
            ("2026-03-01", "secret", Some("registeredAt")),
            (
                "\"shoeSize\":42",
                "\"contact\":{\"email\":\"secret\"}",
                Some("contact"),
            ),
            ("\"shoeSize\":42", "\"userId\":\"secret\"", None),
        ] {
            let event = event_of_type("UserRegisteredEventV1", &DATA.replacen(from, to, 1));
            let error = event.read::<UserRegisteredEventV1>().unwrap_err();
            let wanted = "UserRegisteredEventV1";
            let field = field.map(str::to_owned);
            assert_eq!(error, ReadError::DoesNotFit { wanted, field }, "{from}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn every_published_example_is_recognised_and_holds_nothing_unknown() {
        for category in CATEGORIES {
            for registration in category.events {
                let published = published_example(registration, category.name, &Publication::default());
                let event = ReceivedEvent::from_message_body(&published.event.body).unwrap();
                let event_type = registration.event_type();
                assert_eq!(event.recognise(), crate::Recognition::Known(event_type));
                assert_eq!(event.category(), Some(category.name));
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
}

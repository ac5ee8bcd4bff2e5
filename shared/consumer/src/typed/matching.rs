//! Matches over the event types that a subscriber wants.

use user_events_core::EventType;

/// An event, sorted by its type. `T` is the enum that [`events!`](crate::events) declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matched<T> {
    /// One of the wanted types.
    Event(T),
    /// A type of the catalogue that the subscriber does not want. Its filter policy is wider than necessary.
    NotWanted(EventType),
    /// An unknown major version of an event in the catalogue, which is incompatible with the known one.
    OtherMajor {
        /// The known version.
        known: EventType,
        /// The event's own version.
        major: u32,
    },
    /// An event that is not in the catalogue.
    Unknown,
}

/// Declares an enum of the event types that a subscriber wants, and `read`, which sorts a
/// [`ReceivedEvent`](crate::ReceivedEvent) into it. A `match` over the enum must be complete: the compiler names a type
/// that you forgot.
///
/// `read` fails with [`ReadError::DoesNotFit`](crate::ReadError::DoesNotFit) when the event has a wanted type but does
/// not fit it. All other types are values of [`Matched`](crate::Matched).
///
/// ```
/// use user_events_catalog::account::{UserDeletedEventV1, UserRegisteredEventV1};
/// use user_events_consumer::{Matched, ReceivedEvent};
///
/// user_events_consumer::events! {
///     /// The events that the welcome mail reacts to.
///     #[derive(Debug)]
///     enum Wanted {
///         Registered(UserRegisteredEventV1),
///         Deleted(UserDeletedEventV1),
///     }
/// }
///
/// fn what_to_do(event: &ReceivedEvent) -> Result<&'static str, user_events_consumer::ReadError> {
///     Ok(match Wanted::read(event)? {
///         Matched::Event(Wanted::Registered(_)) => "write a mail",
///         Matched::Event(Wanted::Deleted(_)) => "forget the mail",
///         Matched::NotWanted(_) | Matched::Unknown => "skip it",
///         Matched::OtherMajor { .. } => "raise an alarm",
///     })
/// }
///
/// let event = ReceivedEvent::from_message_body(
///     r#"{"specversion":"1.0","id":"3057899a-a0ed-5ba6-918d-2fa680f6def6","source":"/user-service",
///         "type":"UserDeletedEventV1","subject":"users/1",
///         "sequence":"0000000000000000000000000000000000000001.0000",
///         "data":{"userId":"1","mode":"HARD","deletedAt":"2026-03-01T12:00:00.000Z"}}"#,
/// ).unwrap();
/// assert_eq!(what_to_do(&event), Ok("forget the mail"));
/// ```
#[macro_export]
macro_rules! events {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident($event:ty) ),+ $(,)? }
    ) => {
        $(#[$meta])*
        $visibility enum $name {
            $( $(#[$variant_meta])* $variant($event), )+
        }

        impl $name {
            /// Sorts the event by its type.
            ///
            /// Fails when the event has a wanted type but does not fit it.
            $visibility fn read(
                event: &$crate::ReceivedEvent,
            ) -> ::std::result::Result<$crate::Matched<Self>, $crate::ReadError> {
                $(
                    if event.event_type() == <$event as $crate::Event>::TYPE {
                        return event.read::<$event>().map(|event| $crate::Matched::Event(Self::$variant(event)));
                    }
                )+
                ::std::result::Result::Ok(match event.recognise() {
                    $crate::Recognition::Known(known) => $crate::Matched::NotWanted(known),
                    $crate::Recognition::OtherMajor { known, major } => {
                        $crate::Matched::OtherMajor { known, major }
                    }
                    $crate::Recognition::Unknown => $crate::Matched::Unknown,
                })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use user_events_catalog::account::{UserDeletedEventV1, UserRegisteredEventV1};

    use super::*;
    use crate::ReadError;
    use crate::received::event_of_type;

    events! {
        enum Wanted {
            Registered(UserRegisteredEventV1),
            Deleted(UserDeletedEventV1),
        }
    }

    #[test]
    fn an_event_is_sorted_by_its_type() {
        let data = r#"{"userId":"1","mode":"HARD","deletedAt":"2026-03-01T12:00:00.000Z"}"#;
        let read = |event_type: &str| Wanted::read(&event_of_type(event_type, data));
        assert!(matches!(
            read("UserDeletedEventV1"),
            Ok(Matched::Event(Wanted::Deleted(deleted))) if deleted.user_id == "1"
        ));
        assert!(matches!(
            read("UserRegisteredEventV1"),
            Err(ReadError::DoesNotFit { .. })
        ));
        assert!(matches!(
            read("RoleCreatedEventV1"),
            Ok(Matched::NotWanted(known)) if known.as_str() == "RoleCreatedEventV1"
        ));
        assert!(matches!(
            read("UserDeletedEventV2"),
            Ok(Matched::OtherMajor { known, major: 2 }) if known.version() == "1"
        ));
        assert!(matches!(read("SomethingNewEventV1"), Ok(Matched::Unknown)));
    }

    #[test]
    fn a_variant_of_every_declared_type_is_reached() {
        let data = r#"{"userId":"1","status":"ACTIVE","registeredAt":"2026-03-01T12:00:00.000Z"}"#;
        let registered = Wanted::read(&event_of_type("UserRegisteredEventV1", data));
        assert!(matches!(
            registered,
            Ok(Matched::Event(Wanted::Registered(registered))) if registered.user_id == "1"
        ));
    }
}

//! Looks an event's type up in the catalogue.

use std::sync::LazyLock;

use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::{Category, EventType, Registration};

use crate::received::ReceivedEvent;

/// The types of changes, of snapshots, and of the end of a snapshot.
pub(super) static CATALOG: LazyLock<Vec<&'static Category>> =
    LazyLock::new(|| [CATEGORIES, SNAPSHOTS, &[&snapshot::CATEGORY]].concat());

/// The result of looking an event's type up in a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// The type is in the catalogue.
    Known(EventType),
    /// The catalogue has the event in other major versions only: a `UserRegisteredEventV7`, although only `V1` is
    /// known. Major versions are incompatible: do not read the data as another version.
    OtherMajor {
        /// The known version; the highest one if there are several.
        known: EventType,
        /// The event's own major version, 1 or higher.
        major: u32,
    },
    /// The event is not in the catalogue: a new event, or one of another publisher.
    Unknown,
}

impl ReceivedEvent {
    /// The name and the major version: `UserRegistered` and `1`. `None` if the type does not have the form
    /// `<Name>EventV<major>`.
    pub fn name_and_major(&self) -> Option<(&str, u32)> {
        let (name, digits) = self.event_type().rsplit_once("EventV")?;
        let is_number = !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
        let major = digits.parse().ok().filter(|_| is_number)?;
        (!name.is_empty()).then_some((name, major))
    }

    /// Looks the event's type up in the catalogue of this version.
    pub fn recognise(&self) -> Recognition {
        self.recognise_in(&CATALOG)
    }

    /// Looks the event's type up in another catalogue.
    pub fn recognise_in(&self, catalog: &[&'static Category]) -> Recognition {
        let known = |registration: &&Registration| registration.event_type().as_str() == self.event_type();
        if let Some(registration) = registrations(catalog).find(known) {
            return Recognition::Known(registration.event_type());
        }
        let Some((name, major)) = self.name_and_major() else {
            return Recognition::Unknown;
        };
        let others = registrations(catalog)
            .map(Registration::event_type)
            .filter(|known| known.name() == name);
        match others.max_by_key(|known| known.version().parse::<u32>().unwrap_or_default()) {
            Some(known) => Recognition::OtherMajor { known, major },
            None => Recognition::Unknown,
        }
    }
}

pub(super) fn registrations(catalog: &[&'static Category]) -> impl Iterator<Item = &'static Registration> {
    catalog.iter().flat_map(|category| category.events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::received::event_of_type;

    #[test]
    fn the_types_of_a_snapshot_are_in_the_catalogue() {
        for known in ["UserAccountSnapshotEventV1", "SnapshotCompletedEventV1"] {
            let recognised = event_of_type(known, "{}").recognise();
            assert!(matches!(recognised, Recognition::Known(_)), "{known}");
        }
    }

    #[test]
    fn an_unknown_version_of_a_known_name_differs_from_an_unknown_name() {
        let recognise = |event_type: &str| event_of_type(event_type, "{}").recognise();
        let Recognition::Known(known) = recognise("UserRegisteredEventV1") else {
            panic!("it is in the catalogue")
        };
        assert_eq!(known.as_str(), "UserRegisteredEventV1");
        assert_eq!(
            recognise("UserRegisteredEventV7"),
            Recognition::OtherMajor { known, major: 7 }
        );
        for unknown in [
            "SomethingNewEventV1",
            "UserRegisteredEventV0",
            "UserRegisteredEventV01",
            "UserRegisteredEventV99999999999",
            "UserRegistered",
            "EventV1",
        ] {
            assert_eq!(recognise(unknown), Recognition::Unknown, "{unknown}");
        }
    }
}

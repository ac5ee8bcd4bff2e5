//! All events of the catalogue in one list.

use user_events_core::{Category, Registration};

use crate::{CATEGORIES, SNAPSHOTS, snapshot};

/// Every event type that a change can be, with the name of its category, in the order of the documentation.
pub fn registrations() -> impl Iterator<Item = (&'static str, &'static Registration)> {
    CATEGORIES.iter().flat_map(named)
}

/// Every type of a snapshot, with the name of its category, in the order of the documentation. The last one ends a run.
pub fn snapshot_registrations() -> impl Iterator<Item = (&'static str, &'static Registration)> {
    SNAPSHOTS.iter().chain([&&snapshot::CATEGORY]).flat_map(named)
}

/// Every event type, with the name of its category: those of changes, then those of snapshots.
pub fn all_registrations() -> impl Iterator<Item = (&'static str, &'static Registration)> {
    registrations().chain(snapshot_registrations())
}

fn named(
    category: &&'static Category,
) -> impl Iterator<Item = (&'static str, &'static Registration)> + use<> {
    let name = category.name;
    category.events.iter().map(move |event| (name, event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_change_is_of_the_table_of_its_category() {
        for category in CATEGORIES.iter().chain(SNAPSHOTS) {
            for event in category.events {
                let table = if event.is_from_subject_keys() {
                    "subject-keys"
                } else {
                    category.table
                };
                assert_eq!(event.sample_change().table(), table, "{}", event.event_type());
            }
        }
    }

    #[test]
    fn a_snapshot_is_in_no_list_of_changes_and_no_change_in_a_list_of_snapshots() {
        assert!(registrations().all(|(_, event)| !event.is_of_snapshot()));
        for (_, event) in snapshot_registrations() {
            assert!(event.is_of_snapshot(), "{}", event.event_type());
            assert!(event.sample_change().is_of_snapshot(), "{}", event.event_type());
        }
    }
}

//! All events of the catalogue in one list.

use user_events_core::{Category, Registration};

use crate::CATEGORIES;

/// Every event type with the name of its category, in the order of the documentation.
pub fn registrations() -> impl Iterator<Item = (&'static str, &'static Registration)> {
    let named = |category: &&'static Category| {
        let name = category.name;
        category.events.iter().map(move |event| (name, event))
    };
    CATEGORIES.iter().flat_map(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_change_is_of_the_table_of_its_category() {
        for category in CATEGORIES {
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
}

//! Finds events and categories by the names that people type.

use anyhow::{Result, bail};
use strsim::levenshtein;
pub use user_events_catalog::registrations;
use user_events_catalog::{CATEGORIES, all_registrations, snapshot as ending, snapshot_registrations};
use user_events_core::Registration;

/// An event with the name of its category.
type Named = (&'static str, &'static Registration);

/// A name at a larger edit distance is not suggested.
const FARTHEST: usize = 6;
const MOST_SUGGESTIONS: usize = 3;

/// The event of that type (`UserDeletedEventV1`), name (`UserDeleted`, in its highest version) or name with version
/// (`UserDeletedV1`).
///
/// Fails when there is none. The error suggests similar names.
pub fn event(name: &str) -> Result<(&'static str, &'static Registration)> {
    match find(name, all_registrations()) {
        Some(found) => Ok(found),
        None => bail!(
            "there is no event {name}{}",
            suggestions(
                name,
                all_registrations(),
                "; `user-events match '{}'` lists all events"
            )
        ),
    }
}

/// The snapshot event of that type or name, in the same ways. A marker is none.
///
/// Fails when there is none. The error suggests similar names.
pub(crate) fn snapshot(name: &str) -> Result<(&'static str, &'static Registration)> {
    let snapshots = || snapshot_registrations().filter(|(category, _)| *category != ending::CATEGORY.name);
    match find(name, snapshots()) {
        Some(found) => Ok(found),
        None => bail!(
            "there is no snapshot event {name}{}",
            suggestions(name, snapshots(), "; docs/events lists them")
        ),
    }
}

fn find(name: &str, events: impl Iterator<Item = Named>) -> Option<Named> {
    let wanted = plain(name);
    let fits = |(_, registration): &(_, &Registration)| {
        let event_type = registration.event_type();
        let versioned = format!("{}V{}", event_type.name(), event_type.version());
        [event_type.as_str(), event_type.name(), &versioned]
            .map(plain)
            .contains(&wanted)
    };
    let version =
        |(_, registration): &(_, &Registration)| registration.event_type().version().parse::<u32>().ok();
    events.filter(fits).max_by_key(version)
}

/// A category of the catalog.
///
/// Fails when there is none. The error lists the categories.
pub fn category(name: &str) -> Result<&'static str> {
    let names: Vec<_> = CATEGORIES.iter().map(|category| category.name).collect();
    let wanted = plain(name);
    match names.iter().find(|known| plain(known) == wanted) {
        Some(known) => Ok(known),
        None => bail!(
            "there is no such category; the categories are {}",
            names.join(", ")
        ),
    }
}

/// A name in lower case, without hyphens, underscores and blanks.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '-' | '_' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

fn suggestions(name: &str, events: impl Iterator<Item = Named>, otherwise: &str) -> String {
    let wanted = plain(name);
    let wanted = wanted.as_str();
    let distance = |registration: &Registration| {
        let event_type = registration.event_type();
        let whole = levenshtein(wanted, &plain(event_type.as_str()));
        whole.min(levenshtein(wanted, &plain(event_type.name())))
    };
    let contains = |registration: &Registration| {
        wanted.len() > 2 && plain(registration.event_type().name()).contains(wanted)
    };
    let mut near: Vec<_> = events
        .map(|(_, registration)| {
            (
                if contains(registration) {
                    0
                } else {
                    distance(registration)
                },
                registration,
            )
        })
        .filter(|(distance, _)| *distance <= FARTHEST)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let names: Vec<_> = near
        .iter()
        .take(MOST_SUGGESTIONS)
        .map(|(_, registration)| registration.event_type().as_str())
        .collect();
    match names.as_slice() {
        [] => otherwise.to_owned(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_found_by_type_and_by_name_in_any_case() {
        for name in [
            "UserEmailChangedEventV1",
            "UserEmailChanged",
            "useremailchangedeventv1",
            "user-email-changed",
            "UserEmailChangedV1",
        ] {
            assert_eq!(
                event(name).unwrap().1.event_type().as_str(),
                "UserEmailChangedEventV1",
                "{name}"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_similar_ones() {
        for (name, nearest) in [
            ("UserEmailChangd", "UserEmailChangedEventV1"),
            ("UserRegister", "UserRegisteredEventV1"),
            ("consent", "UserConsentChangedEventV1"),
            ("UserRegisteredEventV9", "UserRegisteredEventV1"),
        ] {
            let error = event(name).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean {nearest}")), "{error}");
        }
        let error = event("OrderPlacedSomewhereElse").unwrap_err().to_string();
        assert!(error.contains("match"), "{error}");
        assert!(category("Profile").is_ok() && category("orders").is_err());
    }
}

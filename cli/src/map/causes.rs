//! Which events rows of a kind can cause.

use crate::names::registrations;

/// The kind of rows that hold a password alone. Its rows are read with those of accounts, and cause one event only.
const PASSWORD: &str = "password";
const PASSWORD_CHANGED: &str = "UserPasswordChangedEventV1";

/// The types of the events that rows of this kind can cause, in the order of the catalog.
pub(super) fn events(kind: &str) -> Vec<&'static str> {
    let of_kind = registrations()
        .filter(|(_, registration)| registration.shapes().iter().any(|shape| shape.kind == kind));
    let types = of_kind.map(|(_, registration)| registration.event_type().as_str());
    types
        .filter(|name| kind != PASSWORD || *name == PASSWORD_CHANGED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use user_events_catalog::CATEGORIES;
    use user_events_core::shapes;

    #[test]
    fn every_kind_causes_events_and_a_password_only_its_own() {
        for shape in shapes(CATEGORIES) {
            assert!(!events(shape.kind).is_empty(), "{}", shape.kind);
        }
        assert_eq!(events("password"), ["UserPasswordChangedEventV1"]);
        assert!(events("role assignment").contains(&"RoleAssignedToUserEventV1"));
    }
}

//! Which events the rows of a rule can cause.

use serde_json::Value;
use serde_json::value::to_raw_value;
use user_events_catalog::CATEGORIES;
use user_events_core::{Derivation, RawRecord, Registration, RuleSummary, SampleChange, decode, derive};

use crate::names::registrations;

/// The kind of rows that hold a password alone. Its rows are read with those of accounts, and cause one event only.
const PASSWORD: &str = "password";
const PASSWORD_CHANGED: &str = "UserPasswordChangedEventV1";
/// Attributes of the native shape that are no canonical attributes.
const ALWAYS: [&str; 4] = ["pk", "sk", "ttl", "expiresAt"];

/// The types of the events that rows of this rule can cause, in the order of the catalog: those of its kind that need no
/// attribute that the rule does not give.
pub(super) fn events(rule: &RuleSummary<'_>) -> Vec<&'static str> {
    let of_kind = registrations()
        .map(|(_, registration)| registration)
        .filter(|registration| registration.shapes().iter().any(|shape| shape.kind == rule.kind));
    let caused = of_kind.filter(|registration| match rule.kind {
        PASSWORD => registration.event_type().as_str() == PASSWORD_CHANGED,
        _ => is_caused(registration, rule),
    });
    caused
        .map(|registration| registration.event_type().as_str())
        .collect()
}

/// Whether the sample change of the event, or the insertion or removal of its row, is the event, if the rows have only the
/// attributes of the rule.
fn is_caused(registration: &Registration, rule: &RuleSummary<'_>) -> bool {
    let sample = registration.sample_change();
    let (table, row) = (
        sample.table().to_owned(),
        sample.old().or(sample.new_row()).cloned(),
    );
    let others = row.into_iter().flat_map(|row| {
        [
            SampleChange::inserted(&table, row.clone()),
            SampleChange::removed(&table, row),
        ]
    });
    let mut changes = std::iter::once(sample.clone()).chain(others);
    changes.any(|change| {
        let is_published = change.new_row().is_some() || rule.publishes_removals;
        is_published && becomes(change.record(), registration, rule) == Some(true)
    })
}

fn becomes(mut record: Value, registration: &Registration, rule: &RuleSummary<'_>) -> Option<bool> {
    for image in ["OldImage", "NewImage"] {
        if let Some(attributes) = record["dynamodb"].get_mut(image).and_then(Value::as_object_mut) {
            attributes.retain(|name, _| {
                ALWAYS.contains(&name.as_str()) || rule.attributes.contains(&name.as_str())
            });
        }
    }
    let record = decode(&RawRecord::read(&to_raw_value(&record).ok()?)).ok()?;
    match derive(CATEGORIES, &record).ok()? {
        Derivation::Events(events) => {
            let mut types = events.iter().map(|event| event.event_type());
            Some(types.any(|event_type| event_type == registration.event_type()))
        }
        Derivation::UnknownKind => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use user_events_core::shapes;

    fn rule(kind: &'static str, publishes_removals: bool, without: &[&str]) -> RuleSummary<'static> {
        let shapes = shapes(CATEGORIES);
        let shape = shapes.iter().find(|shape| shape.kind == kind).unwrap();
        let names = shape.columns.iter().map(|column| column.name);
        RuleSummary {
            name: kind,
            kind,
            attributes: names.filter(|name| !without.contains(name)).collect(),
            publishes_removals,
            identifiers: Vec::new(),
        }
    }

    #[test]
    fn a_rule_with_all_attributes_can_cause_all_events_of_its_kind() {
        for shape in shapes(CATEGORIES).iter().filter(|shape| shape.kind != PASSWORD) {
            let all = registrations()
                .filter(|(_, registration)| registration.shapes().iter().any(|own| own.kind == shape.kind))
                .map(|(_, registration)| registration.event_type().as_str());
            assert_eq!(
                events(&rule(shape.kind, true, &[])),
                all.collect::<Vec<_>>(),
                "{}",
                shape.kind
            );
        }
        assert_eq!(events(&rule(PASSWORD, true, &[])), [PASSWORD_CHANGED]);
    }

    #[test]
    fn an_attribute_that_no_rule_gives_causes_no_event() {
        let events_of = events(&rule(
            "account",
            true,
            &["phoneNumber", "phoneVerified", "locale"],
        ));
        assert!(events_of.contains(&"UserEmailChangedEventV1"), "{events_of:?}");
        assert!(
            !events_of
                .iter()
                .any(|name| name.contains("Phone") || name.contains("Locale")),
            "{events_of:?}"
        );
        assert!(!events(&rule("profile", false, &[])).contains(&"UserProfileDeletedEventV1"));
        assert_eq!(
            events(&rule("session", true, &["endReason", "endedAt"])),
            [
                "UserLoggedInEventV1",
                "UserSessionExtendedEventV1",
                "UserLoggedOutEventV1",
                "UserSessionExpiredEventV1"
            ]
        );
    }
}

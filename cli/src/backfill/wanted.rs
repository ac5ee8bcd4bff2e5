//! Which snapshot events are wanted: types, and a filter policy on their bodies.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, ensure};
use user_events_backfill::Filter;
use user_events_policy::{FilterPolicy, Message, Scope, Verdict};

use crate::matching::policy_text;
use crate::names;

/// The wanted types of snapshot events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Types {
    /// Their names; empty for all.
    pub(super) names: BTreeSet<String>,
    /// Their categories.
    pub(super) categories: BTreeSet<&'static str>,
}

impl Types {
    /// Finds the types by the names that people type.
    ///
    /// Fails when one is unknown, and when its category is not among those that are wanted.
    pub(super) fn find(typed: &[String], wanted: &[&'static str]) -> Result<Self> {
        let mut types = Self::default();
        for name in typed {
            let (category, registration) = names::snapshot(name)?;
            let event_type = registration.event_type();
            ensure!(
                wanted.is_empty() || wanted.contains(&category),
                "{event_type} is of the category {category}; add --category {category}, or leave --category out"
            );
            types.names.insert(event_type.as_str().to_owned());
            types.categories.insert(category);
        }
        Ok(types)
    }

    /// The wanted categories: those that were named, or those of the types. Empty for all.
    pub(super) fn categories(&self, wanted: &[&'static str]) -> Vec<&'static str> {
        if wanted.is_empty() {
            self.categories.iter().copied().collect()
        } else {
            wanted.to_vec()
        }
    }
}

/// A filter policy on bodies, and its text without blanks, by which a run that goes on is compared.
pub(super) struct Where {
    pub(super) text: String,
    pub(super) filter: Filter,
}

impl Where {
    /// Reads the policy: JSON, a file, or `-`.
    ///
    /// Fails when it cannot be read, and when SNS would refuse it.
    pub(super) fn read(argument: &str) -> Result<Self> {
        let text = policy_text(argument)?;
        let policy = FilterPolicy::parse(&text, Scope::Body)?;
        let text = serde_json::from_str::<serde_json::Value>(&text)?.to_string();
        let passes = move |event: &_| policy.judge(&Message::from_event(event)) == Verdict::Through;
        Ok(Self {
            text,
            filter: Filter(Arc::new(passes)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(typed: &[&str], wanted: &[&'static str]) -> Result<Types> {
        Types::find(
            &typed.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(),
            wanted,
        )
    }

    #[test]
    fn types_are_found_by_name_and_bring_their_categories() {
        let types = find(&["useraccountsnapshot", "UserAddressSnapshotEventV1"], &[]).unwrap();
        assert_eq!(types.categories(&[]), ["account", "profile"]);
        assert_eq!(
            types.names.iter().map(String::as_str).collect::<Vec<_>>(),
            ["UserAccountSnapshotEventV1", "UserAddressSnapshotEventV1"]
        );
        assert!(find(&[], &[]).unwrap().categories(&[]).is_empty());
        for (typed, wanted, part) in [
            (
                "UserAcountSnapshot",
                &[][..],
                "did you mean UserAccountSnapshotEventV1",
            ),
            ("UserRegistered", &[], "snapshot"),
            ("SnapshotCompleted", &[], "there is no snapshot event"),
            ("UserAccountSnapshot", &["profile"], "--category account"),
        ] {
            let error = find(&[typed], wanted).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_filter_is_a_policy_that_sns_takes_and_its_blanks_do_not_matter() {
        let one = Where::read(r#"{"data": {"status": ["ACTIVE"]}}"#).unwrap();
        let other = Where::read(r#"{ "data":{"status":["ACTIVE"]} }"#).unwrap();
        assert_eq!(one.text, other.text);
        let error = Where::read(r#"{"data": {"status": [{"wildcard": "A*"}]}}"#)
            .err()
            .unwrap();
        assert!(error.to_string().contains("`data.status`"), "{error}");
    }
}

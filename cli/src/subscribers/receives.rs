//! Which event types pass the filter of a subscription.

use anyhow::{Context, Result};
use user_events_core::Publication;
use user_events_core::description::published_example;

use super::facts::Filter;
use crate::names::registrations;
use user_events_policy::{FilterPolicy, Message, Scope, Verdict};

/// The event types of the category with an example that passes the filter.
///
/// Fails when this version does not understand the policy.
pub(super) fn receives(category: &str, filter: Option<&Filter>) -> Result<Vec<String>> {
    let policy = match filter {
        None => None,
        Some(Filter { scope, policy }) => {
            let scopes = [Scope::Attributes, Scope::Body].into_iter();
            let mut scopes = scopes.filter(|known| known.attribute_value() == scope);
            let scope = scopes
                .next()
                .context("the filter policy has a scope that this version does not know")?;
            let parsed = FilterPolicy::parse(policy, scope);
            Some(parsed.context("this version does not understand the filter policy of a subscription")?)
        }
    };
    let through = registrations().filter(|(of_category, registration)| {
        let Some(policy) = &policy else {
            return *of_category == category;
        };
        *of_category == category && {
            let example = published_example(registration, of_category, &Publication::default());
            policy.judge(&Message::from_event(&example.event)) == Verdict::Through
        }
    });
    Ok(through
        .map(|(_, registration)| registration.event_type().to_string())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(scope: &str, policy: &str) -> Result<Vec<String>> {
        let filter = Filter {
            scope: scope.to_owned(),
            policy: policy.to_owned(),
        };
        receives("account", Some(&filter))
    }

    #[test]
    fn the_types_are_those_that_the_filter_lets_through() {
        assert_eq!(receives("account", None).unwrap().len(), 13);
        let by_type = through(
            "MessageAttributes",
            r#"{"eventType":["UserDeletedEventV1","RoleCreatedEventV1"]}"#,
        );
        assert_eq!(by_type.unwrap(), ["UserDeletedEventV1"]);
        let by_body = through("MessageBody", r#"{"type":["UserRegisteredEventV1"]}"#);
        assert_eq!(by_body.unwrap(), ["UserRegisteredEventV1"]);
        assert!(through("MessageAttributes", r#"{"eventType":[{"new":1}]}"#).is_err());
        assert!(through("Something", "{}").is_err());
    }
}

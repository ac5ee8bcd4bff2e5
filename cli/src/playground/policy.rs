//! Tries a filter policy on the events that arrived.

use serde::{Deserialize, Serialize};
use user_events_policy::{FilterPolicy, Message, Scope, Verdict};

use super::feed::{Arrived, Feed};

/// A filter policy to try.
#[derive(Debug, Deserialize)]
pub(super) struct Tried {
    policy: String,
    scope: ScopeName,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScopeName {
    Attributes,
    Body,
}

/// What a policy does with an event.
#[derive(Debug, Serialize)]
pub(super) struct Judged {
    place: usize,
    through: bool,
    /// The keys that refuse it.
    refused: Vec<String>,
}

/// Judges every event that arrived, as SNS would.
///
/// Fails when SNS would refuse the policy.
pub(super) fn judge(tried: &Tried, feed: &Feed) -> Result<Vec<Judged>, String> {
    let scope = match tried.scope {
        ScopeName::Attributes => Scope::Attributes,
        ScopeName::Body => Scope::Body,
    };
    let policy = FilterPolicy::parse(&tried.policy, scope).map_err(|error| error.to_string())?;
    let judged = |arrived: &Arrived| {
        let refused = match policy.judge(&message(arrived)) {
            Verdict::Through => Vec::new(),
            Verdict::Refused(keys) => keys.into_iter().collect(),
        };
        Judged {
            place: arrived.place,
            through: refused.is_empty(),
            refused,
        }
    };
    Ok(feed.all().iter().map(|arrived| judged(arrived)).collect())
}

fn message(arrived: &Arrived) -> Message {
    let types = &arrived.message.data_types;
    let attributes = arrived.message.attributes.iter().map(|(name, value)| {
        let data_type = types.get(name).map_or("String", String::as_str);
        (name.as_str(), data_type, value.as_str())
    });
    Message::new(attributes, &arrived.message.body)
}

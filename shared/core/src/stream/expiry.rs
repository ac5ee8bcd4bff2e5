//! Whether a row was removed because its time to live had passed.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::stream::attribute::{Attribute, Image};
use crate::time::Time;

/// DynamoDB deletes no row with a `ttl` of more than five years ago (Amazon DynamoDB Developer Guide, *Using DynamoDB Time
/// to Live (TTL)*): such a number means something else, as a 0 for "never" does.
const OLDEST_TTL_SECONDS: f64 = 5.0 * 366.0 * 86_400.0;

/// Whether DynamoDB says that it removed the row itself, because its time to live had passed (Amazon DynamoDB Developer
/// Guide, *DynamoDB Streams and Time to Live*). `None` when the identity cannot be read.
pub(super) fn is_time_to_live(identity: &RawValue) -> Option<bool> {
    #[derive(Deserialize)]
    struct Identity {
        #[serde(alias = "Type")]
        r#type: Option<String>,
        #[serde(rename = "principalId", alias = "PrincipalId")]
        principal: Option<String>,
    }
    let identity: Option<Identity> = serde_json::from_str(identity.get()).ok()?;
    Some(identity.is_some_and(|identity| {
        identity.r#type.as_deref() == Some("Service")
            && identity.principal.as_deref() == Some("dynamodb.amazonaws.com")
    }))
}

/// Whether the time of the removed row had come when the removal was recorded: its time to live, in seconds since 1970, or its
/// `expiresAt`.
///
/// In a global table the replica of a removal by time to live does not say that it was one: it has no `userIdentity`
/// (Amazon DynamoDB Developer Guide, *Global tables*: TTL deletes are replicated as deletes). A row that is removed by
/// hand after its time has expired as well.
pub(crate) fn time_had_come(ttl: Option<&Attribute>, old: &Image, recorded: Time) -> bool {
    let recorded_seconds = recorded.as_millisecond() as f64 / 1_000.0;
    let ttl = match ttl {
        Some(Attribute::N(digits)) => digits.parse::<f64>().ok(),
        _ => None,
    };
    let expires_at = old.text("expiresAt").and_then(Time::parse);
    ttl.is_some_and(|ttl| (recorded_seconds - OLDEST_TTL_SECONDS..=recorded_seconds).contains(&ttl))
        || expires_at.is_some_and(|expires_at| expires_at <= recorded)
}

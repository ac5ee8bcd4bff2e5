//! A parked record as it may be told: why it was set aside, and what its keys and coordinates say.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use user_events_core::{Attribute, ParkedMessage, Subject};

/// The sort keys of the rows that events are made from, whole, or up to their first `#`. A key of another kind is not
/// told: nobody knows what it holds.
const ROW_KINDS: [&str; 10] = [
    "ACCOUNT",
    "PROFILE",
    "ADDRESS#",
    "CONSENT#",
    "SESSION#",
    "ATTEMPT#",
    "MFA#",
    "ROLE",
    "ROLE#",
    "PERMISSION#",
];
/// The partition key of whoever failed to log in and is no user.
const NOBODY: &str = "UNKNOWN#";

/// A parked record, told. What cannot be read of it is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    /// Why it was set aside.
    pub(super) code: String,
    /// The same in words.
    pub(super) reason: String,
    /// The name of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<String>,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<&'static str>,
    /// One of [`ROW_KINDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<&'static str>,
    /// Whom or what the row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    /// The stream's id of the change.
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    pub(super) event_id: Option<String>,
    /// Its place in the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence_number: Option<String>,
}

impl Record {
    /// The record in that message.
    pub(super) fn new(message: &ParkedMessage) -> Self {
        let change = member::<String>(message.record, "eventName");
        let keys = raw_member(message.record, "dynamodb").and_then(|stream| raw_member(stream, "Keys"));
        let key = |name: &str| match member(keys?, name) {
            Some(Attribute::S(text)) => Some(text),
            _ => None,
        };
        let (pk, sk) = (key("pk"), key("sk"));
        Self {
            code: message.reason.code.clone().into_owned(),
            reason: message.reason.message.clone().into_owned(),
            table: message.source.stream_arn.as_deref().and_then(table_of),
            change: ["INSERT", "MODIFY", "REMOVE"]
                .into_iter()
                .find(|name| change.as_deref() == Some(name)),
            row: sk.as_deref().and_then(row_kind),
            subject: pk.and_then(|pk| subject(&pk, sk.as_deref())),
            event_id: message.source.event_id.clone(),
            sequence_number: message.source.sequence_number.clone(),
        }
    }
}

/// The kind of the rows with such a sort key, where it is known.
pub(super) fn row_kind(sk: &str) -> Option<&'static str> {
    let prefix = sk.find('#').map_or(sk, |end| &sk[..=end]);
    ROW_KINDS.into_iter().find(|kind| *kind == prefix)
}

/// Whom or what the row is about, where its keys are of a known kind.
pub(super) fn subject(pk: &str, sk: Option<&str>) -> Option<String> {
    let attempt = || {
        let attempt = sk?.strip_prefix("ATTEMPT#")?;
        pk.starts_with(NOBODY).then_some(Subject::Attempt(attempt))
    };
    Subject::from_partition_key(pk)
        .or_else(attempt)
        .map(|subject| subject.to_string())
}

/// The table in the ARN of its stream.
fn table_of(stream_arn: &str) -> Option<String> {
    let (_, after) = stream_arn.split_once(":table/")?;
    after.split('/').next().map(str::to_owned)
}

fn raw_member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let members: HashMap<String, &'a RawValue> = serde_json::from_str(object.get()).ok()?;
    members.get(name).copied()
}

fn member<'a, T: Deserialize<'a>>(object: &'a RawValue, name: &str) -> Option<T> {
    serde_json::from_str(raw_member(object, name)?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_an_unknown_kind_are_not_told() {
        assert_eq!(
            (row_kind("EMAIL#ada@example.com"), row_kind("ada@example.com")),
            (None, None)
        );
        assert_eq!(
            (row_kind("ROLE"), row_kind("ROLE#r")),
            (Some("ROLE"), Some("ROLE#"))
        );
        assert_eq!(subject("EMAIL#ada@example.com", Some("GUARD")), None);
        assert_eq!(
            subject("UNKNOWN#f3a9", Some("ATTEMPT#a-1")).as_deref(),
            Some("attempts/a-1")
        );
        assert_eq!(subject("ROLE#r-1", None).as_deref(), Some("roles/r-1"));
    }
}

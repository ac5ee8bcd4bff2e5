//! The description of a parked record: the reason, the row's kind and subject, and the record's place in the stream.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use user_events_core::{Attribute, Kept, ParkedMessage, subject_from_keys};

use crate::arn::table_of_stream;

/// The sort keys of the rows that cause events: whole, or up to their first `#`. Any other key is not printed, because it
/// may hold personal data.
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

/// The description of a parked record. A part that cannot be read is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// The code of the reason for which it was parked.
    pub(crate) code: String,
    /// The reason in words.
    pub(crate) reason: String,
    /// The name of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<String>,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<&'static str>,
    /// One of [`ROW_KINDS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<&'static str>,
    /// The subject of the row, such as `users/42`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    /// The ID of the stream record.
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    pub(super) event_id: Option<String>,
    /// Its sequence number in the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence_number: Option<String>,
    /// How much of the record the message holds: `whole`, or the `known` part that is read of it.
    pub(super) kept: Kept,
}

impl Record {
    /// Describes the record in the message.
    pub(super) fn new(message: &ParkedMessage) -> Self {
        let change = member::<String>(message.record, "eventName");
        let keys = raw_member(message.record, "dynamodb").and_then(|stream| raw_member(stream, "Keys"));
        let key = |name: &str| match member(keys?, name) {
            Some(Attribute::S(text)) => Some(text),
            _ => None,
        };
        // The keys of a mapped table mean something else, and can hold secrets.
        let native = |name: &str| key(name).filter(|_| !message.source.mapped);
        let (pk, sk) = (native("pk"), native("sk"));
        Self {
            code: message.reason.code.clone().into_owned(),
            reason: message.reason.message.clone().into_owned(),
            table: message
                .source
                .stream_arn
                .as_deref()
                .and_then(table_of_stream)
                .map(str::to_owned),
            change: ["INSERT", "MODIFY", "REMOVE"]
                .into_iter()
                .find(|name| change.as_deref() == Some(name)),
            row: sk.as_deref().and_then(row_kind),
            subject: pk.and_then(|pk| subject_from_keys(&pk, sk.as_deref())),
            event_id: message.source.event_id.clone(),
            sequence_number: message.source.sequence_number.clone(),
            kept: message.kept,
        }
    }
}

/// The kind of the row, by its sort key. `None` if the kind is unknown.
pub(super) fn row_kind(sk: &str) -> Option<&'static str> {
    let prefix = sk.find('#').map_or(sk, |end| &sk[..=end]);
    ROW_KINDS.into_iter().find(|kind| *kind == prefix)
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
    fn a_record_of_a_mapped_table_has_no_subject_and_no_kind() {
        let body = crate::parked::examples::record(0, "accounts", "user-1", "SESSION#token");
        let described = |body: &str| {
            let message: ParkedMessage = serde_json::from_str(body).unwrap();
            let record = Record::new(&message);
            (record.subject, record.row)
        };
        assert_eq!(
            described(&body),
            (Some("users/user-1".to_owned()), Some("SESSION#"))
        );
        let mapped = body.replace(r#""source":{"#, r#""source":{"mapped":true,"#);
        assert_eq!(described(&mapped), (None, None));
    }

    #[test]
    fn keys_of_an_unknown_kind_are_not_printed() {
        assert_eq!(
            (row_kind("EMAIL#ada@example.com"), row_kind("ada@example.com")),
            (None, None)
        );
        assert_eq!(
            (row_kind("ROLE"), row_kind("ROLE#r")),
            (Some("ROLE"), Some("ROLE#"))
        );
    }
}

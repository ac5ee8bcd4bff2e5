//! Where a record was found: in full once it is decoded, and as far as it can be read before that.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// The most digits of a sequence number: DynamoDB sends 21 to 40 (Amazon DynamoDB API Reference, *StreamRecord*), and
/// local engines send fewer.
const MAX_SEQUENCE_DIGITS: usize = 40;

/// Where a row was found. Of a row in a stream, an event's id is made from nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The name of the table.
    pub table: String,
    /// The table's region.
    pub region: String,
    /// The place in the stream, or the snapshot.
    pub place: Place,
    /// When DynamoDB recorded the change. Of a row in a snapshot, when it was read.
    pub recorded: Time,
}

/// The place of a row: in a stream, or in a snapshot of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A record of the table's stream.
    Stream {
        /// The record's `eventID`: the same in every delivery.
        event_id: String,
        /// The record's sequence number, a decimal of up to 40 digits.
        sequence_number: String,
    },
    /// The table itself, as a run of the backfill read it.
    Snapshot {
        /// The id of the run.
        run: String,
    },
}

/// Where a record was found, as far as it can be read. This is enough to report and to park a record that cannot be
/// decoded. A member that is missing or malformed is absent.
///
/// Serialised, it is the `source` of a parked message.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Coordinates {
    /// The ARN of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_arn: Option<String>,
    /// The record's `eventID`.
    #[serde(rename = "eventID", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The record's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
    /// Whether a mapping is for the table. The keys of its items can hold secrets and addresses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mapped: bool,
}

impl Origin {
    /// Whether a text is a sequence number: a decimal of at most 40 digits.
    pub(super) fn is_sequence_number(text: &str) -> bool {
        (1..=MAX_SEQUENCE_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

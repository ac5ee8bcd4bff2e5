//! The parked message: a whole record, set aside for a person to look at.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::decode::Coordinates;
use crate::error::Error;
use crate::time::Time;
use crate::wire::acceptable_json;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParkedMessage<'a> {
    parked_at: Time,
    reason: Reason<'a>,
    source: Source,
    record: &'a RawValue,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_arn: Option<String>,
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// The message that parks a record: why, where it stands in its stream, and the raw record itself. What
/// cannot be read of its coordinates is absent.
///
/// Fails only when memory for the text cannot be had; the record is then not parked.
pub fn parked_message(record: &RawValue, error: &Error, parked_at: Time) -> serde_json::Result<String> {
    let Coordinates {
        stream_arn,
        event_id,
        sequence_number,
        ..
    } = Coordinates::read(record);
    let message = ParkedMessage {
        parked_at,
        reason: Reason {
            code: error.code().as_str(),
            message: error.message(),
        },
        source: Source {
            stream_arn,
            event_id,
            sequence_number,
        },
        record,
    };
    serde_json::to_string(&message).map(acceptable_json)
}

//! Makes the records that no retry can publish.

use serde_json::{Value, json};

use super::kinds::{Kind, MAX_MESSAGE_BYTES, PARKED_MAX_BYTES, TABLE};
use crate::records::Record;
use crate::rows;

/// The record of a kind of poison: a new or a modified account with one mistake. Of any other kind, it is no stream record
/// at all, as of [`Kind::NoRecord`].
pub(super) fn poison(kind: Kind, account: Value, place: u64) -> Record {
    let row = |changes: Value| Record::inserted(TABLE, &rows::with(account.clone(), changes));
    let record = |path: &str, value: Value| row(json!({})).with(path, value);
    match kind {
        Kind::UnknownAttributeType => record("/dynamodb/NewImage/email", json!({ "X": "?" })),
        Kind::MissingAttribute => row(json!({ "email": null })),
        Kind::WrongAttributeType => row(json!({ "emailVerified": "yes" })),
        Kind::BinaryAttribute => record("/dynamodb/NewImage/email", json!({ "B": "AAAA" })),
        Kind::OverlongValue => row(json!({ "status": "?".repeat(129) })),
        Kind::ImplausibleTime => record("/dynamodb/ApproximateCreationDateTime", json!(0)),
        Kind::WrongViewType => record("/dynamodb/StreamViewType", json!("NEW_IMAGE")),
        Kind::TooLarge => row(json!({ "email": "x".repeat(MAX_MESSAGE_BYTES) })),
        Kind::UnknownEventName => record("/eventName", json!("UPSERT")),
        Kind::UnreadableKeys => record("/dynamodb/Keys/pk", json!({ "N": "1" })),
        Kind::Oversized => {
            // Escaped, each character takes two bytes, and both images have them in an attribute that is read.
            let large = rows::with(
                account,
                json!({ "statusReason": "\"".repeat(PARKED_MAX_BYTES / 3) }),
            );
            let wrong = json!({ "emailVerified": "yes", "version": place });
            Record::modified(TABLE, &large, &rows::with(large.clone(), wrong))
        }
        _ => Record::from_json(json!({ "odd": place })),
    }
}

//! Records and the parts of them that may be kept.

use serde::Deserialize;
use serde_json::Value;

/// What identifies a record, or a part of it: its `eventID`; without one, its whole JSON.
pub(super) fn mark(raw: &str) -> String {
    #[derive(Deserialize)]
    struct Record {
        #[serde(rename = "eventID")]
        event_id: String,
    }
    serde_json::from_str::<Record>(raw).map_or_else(|_| raw.to_owned(), |record| record.event_id)
}

/// Whether this is the record, or a part of it that no event reads was taken out and nothing else.
pub(super) fn is_kept_of(kept: &str, raw: &str) -> bool {
    fn is_part(part: &Value, whole: &Value) -> bool {
        match (part, whole) {
            (Value::Object(part), Value::Object(whole)) => part
                .iter()
                .all(|(name, part)| whole.get(name).is_some_and(|whole| is_part(part, whole))),
            _ => part == whole,
        }
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_part = read(kept)
        .zip(read(raw))
        .is_some_and(|(kept, raw)| is_part(&kept, &raw));
    kept == raw || (is_part && !kept.contains("passwordHash"))
}

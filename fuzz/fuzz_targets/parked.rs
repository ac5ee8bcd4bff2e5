//! Parked messages, written and read: every message of the parking-lot queue or the failure bucket is read or refused
//! without a panic, and a parked record is read back unchanged.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use user_events_core::{Code, Error, Parked, RawRecord, Time, failed_records, parked_message};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(record) = serde_json::from_str(text) {
        park(
            record,
            Error::new(Code::UndecodableRecord, "a reason"),
            Time::UNIX_EPOCH,
        );
    }
    if let Ok(Parked::Record(message)) = Parked::read(text) {
        let reason = Error::new(Code::RowDoesNotFit, message.reason.message.clone());
        park(message.record, reason, message.parked_at);
    }
    for record in failed_records(text).unwrap_or_default() {
        park(
            &record,
            Error::new(Code::RowDoesNotFit, "a reason"),
            Time::UNIX_EPOCH,
        );
    }
});

/// Writes a record as a parked message and reads the message back.
fn park(record: &RawValue, reason: Error, parked_at: Time) {
    let raw = RawRecord::read(record);
    let Ok(text) = parked_message(&raw, &reason, parked_at) else {
        panic!("the record was not written as a parked message")
    };
    assert!(
        text.chars().all(is_taken_by_sqs),
        "the message has a character that SQS refuses"
    );
    let Ok(Parked::Record(read)) = Parked::read(&text) else {
        panic!("the parked message was not read back")
    };
    assert_eq!(read.parked_at, parked_at);
    assert_eq!(
        (read.reason.code.as_ref(), read.reason.message.as_ref()),
        (reason.code().as_str(), reason.message())
    );
    assert_eq!(read.source, raw.coordinates());
    assert_eq!(json(read.record), json(record));
}

/// `None` if the JSON is nested too deep or has half a surrogate pair. The record is then passed on without parsing.
fn json(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

/// Whether SQS accepts the character (Amazon SQS API Reference, *SendMessage*).
fn is_taken_by_sqs(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

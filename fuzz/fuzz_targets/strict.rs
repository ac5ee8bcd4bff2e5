//! The reader of strict JSON: it accepts nothing that another parser refuses, reads the same values, and finds the text in
//! a notification again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use user_events_core::strict::{Reader, from_strict, is_strict_object, strict_object};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    assert!(
        strict_object::<Value>(text).is_ok() == is_strict_object(text),
        "two checks disagree"
    );
    if is_strict_object(text) {
        let value = serde_json::from_str::<Value>(text).ok();
        assert!(value.is_some(), "a text that is no JSON was found strict");
        assert!(
            from_strict::<Value>(text).ok() == value,
            "two parsers read two values"
        );
    }
    let wrapped = json!({ "Message": text }).to_string();
    let mut message = None;
    let read = Reader::new(&wrapped).object(|reader, _| {
        message = Some(reader.long_text()?.into_owned());
        Ok(())
    });
    assert!(read.is_ok(), "a text was not found in its notification");
    assert!(
        message.as_deref() == Some(text),
        "a text came out of its notification changed"
    );
});

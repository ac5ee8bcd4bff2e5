//! The decryption of sealed classes: no input other than the sealed token opens.

#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use user_events_core::{OpenError, SealedMember, Token};

const CLASS: &str = "contact";

/// The ID of a published event and the token of its class, sealed with the key of the golden files.
static SEALED: LazyLock<(String, String)> = LazyLock::new(|| {
    let event = serde_json::from_str(include_str!("../seeds/token/event.json"));
    let event: Value = event.unwrap_or_default();
    let sealed = (text(&event["id"]), text(&event["data"][CLASS]["sealed"]));
    assert!(open(&sealed.1, &sealed.0).is_ok(), "the seed does not open");
    let from_parts = encoded(include_bytes!("../seeds/token/parts"));
    assert_eq!(
        from_parts.as_ref(),
        Some(&sealed.1),
        "the token of the seed's parts differs from the seed's token"
    );
    sealed
});

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check(text);
        if let Ok(member) = serde_json::from_str::<SealedMember>(text) {
            check(&member.sealed);
        }
    }
    if let Some(token) = encoded(input) {
        check(&token);
    }
});

fn check(token: &str) {
    let (id, sealed) = &*SEALED;
    if open(token, id).is_ok() {
        assert_eq!(
            token, sealed,
            "a token that differs from the sealed one was opened"
        );
    }
}

/// Builds a token from header, newline, nonce, ciphertext and tag, so that the fuzzer also reaches the code behind the
/// base64 encoding. `None` if the input is too short.
fn encoded(input: &[u8]) -> Option<String> {
    let end_of_header = input.iter().position(|byte| *byte == b'\n')?;
    let (header, rest) = input.split_at(end_of_header);
    let (nonce, rest) = rest.get(1..)?.split_at_checked(12)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
    let [header, nonce, ciphertext, tag] =
        [header, nonce, ciphertext, tag].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    Some(format!("{header}..{nonce}.{ciphertext}.{tag}"))
}

fn open(token: &str, event_id: &str) -> Result<(), OpenError> {
    let key: [u8; 32] = std::array::from_fn(|place| place as u8);
    Token::read(token, event_id, CLASS)?.open(&key).map(drop)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

//! Known answers that other implementations wrote: HKDF by RFC 5869, and the whole construction.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use user_events_core::{ContentKey, OpenError, Token, subject_key_name};

use super::making::sealed_under;
use crate::support::root;

fn known(part: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/vectors/subject_keys.json")).unwrap();
    let mut known: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(known[part].take()).unwrap()
}

fn text<'v>(answer: &'v Value, member: &str) -> &'v str {
    answer[member].as_str().unwrap()
}

fn bytes(answer: &Value, member: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text(answer, member)).unwrap()
}

fn from_hex(answer: &Value, member: &str) -> Vec<u8> {
    let digits = text(answer, member).as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn kid(answer: &Value) -> String {
    ["eventId", "class", "keyId"]
        .map(|member| text(answer, member))
        .join("/")
}

#[test]
fn the_library_derives_what_rfc_5869_says() {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let cases = known("hkdf");
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let info = from_hex(case, "info");
        let expected = from_hex(case, "okm");
        let mut derived = vec![0; expected.len()];
        Salt::new(HKDF_SHA256, &from_hex(case, "salt"))
            .extract(&from_hex(case, "ikm"))
            .expand(&[info.as_slice()], Length(expected.len()))
            .and_then(|okm| okm.fill(&mut derived))
            .unwrap();
        assert_eq!(derived, expected, "{}", case["name"]);
        assert_eq!(case["length"], expected.len());
    }
}

#[test]
fn the_row_of_a_person_has_the_name_that_another_implementation_gives_it() {
    let names = known("names");
    assert!(names.len() >= 3);
    for case in &names {
        let name = subject_key_name(text(case, "source"), text(case, "subject"));
        assert_eq!(name, text(case, "pk"), "{case}");
    }
}

#[test]
fn a_token_that_another_implementation_made_opens_with_the_key_that_it_derived() {
    let tokens = known("tokens");
    let writers: Vec<_> = tokens.iter().map(|answer| text(answer, "writer")).collect();
    assert_eq!(writers, ["cryptography", "jwcrypto", "joserfc", "jose"]);
    for answer in &tokens {
        let read = || {
            Token::read(
                text(answer, "token"),
                text(answer, "eventId"),
                text(answer, "class"),
            )
        };
        let token = read().unwrap();
        assert_eq!(token.key_id(), Some(text(answer, "keyId")));
        let (data_key, secret) = (bytes(answer, "dataKey"), bytes(answer, "secret"));
        let key = token.content_key(&data_key, &secret).unwrap();
        let opened = token.open_with(&key).unwrap();
        assert_eq!(opened.as_slice(), text(answer, "plaintext").as_bytes());
        // The derived key itself, too.
        let derived = ContentKey::from_data_key(&bytes(answer, "contentKey")).unwrap();
        assert_eq!(read().unwrap().open_with(&derived).unwrap(), opened);
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{}"}}"#, kid(answer));
        let again = sealed_under(
            &header,
            text(answer, "plaintext").as_bytes(),
            &bytes(answer, "contentKey"),
            bytes(answer, "nonce").try_into().unwrap(),
        );
        assert_eq!(again.unwrap(), text(answer, "token"));
    }
}

/// A stolen table has the secrets, a stolen grant the data keys; each needs the other.
#[test]
fn no_share_alone_and_no_share_of_another_token_opens_a_token() {
    let tokens = known("tokens");
    for (place, answer) in tokens.iter().enumerate() {
        let read = || {
            Token::read(
                text(answer, "token"),
                text(answer, "eventId"),
                text(answer, "class"),
            )
            .unwrap()
        };
        let (data_key, secret) = (bytes(answer, "dataKey"), bytes(answer, "secret"));
        let other = &tokens[(place + 1) % tokens.len()];
        for alone in [&data_key, &secret] {
            assert_eq!(read().open(alone).unwrap_err(), OpenError::DoesNotOpen);
            let key = ContentKey::from_data_key(alone).unwrap();
            assert_eq!(read().open_with(&key).unwrap_err(), OpenError::DoesNotOpen);
        }
        let zero = [0; 32];
        for (data_key, secret) in [
            (data_key.as_slice(), bytes(other, "secret").as_slice()),
            (bytes(other, "dataKey").as_slice(), secret.as_slice()),
            (secret.as_slice(), data_key.as_slice()),
            (data_key.as_slice(), &zero),
            (&zero, secret.as_slice()),
        ] {
            let key = read().content_key(data_key, secret).unwrap();
            assert_eq!(read().open_with(&key).unwrap_err(), OpenError::DoesNotOpen);
        }
    }
}

/// Random nonces under one key repeat after some 2^48 tokens. With a person's share, the `kid` is in the derivation, so two
/// events, two classes or two persons never have one key.
#[test]
fn every_token_of_a_person_has_a_key_of_its_own() {
    let answer = &known("tokens")[0];
    let (data_key, secret) = (bytes(answer, "dataKey"), bytes(answer, "secret"));
    let (id, key_id) = (text(answer, "eventId"), text(answer, "keyId"));
    let kids = [
        format!("{id}/contact/{key_id}"),
        format!("{id}/network/{key_id}"),
        format!("00000000-0000-5000-8000-000000000000/contact/{key_id}"),
        format!("{id}/contact/AAECAwQFBgcICQoLDA0ODw"),
        format!("{id}/contact"),
    ];
    let nonce = [1; 12];
    for sealing in &kids {
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{}"}}"#, kids[0]);
        let key = super::persons::content_key(&data_key, &secret, sealing).unwrap();
        let token = sealed_under(&header, b"{}", &key, nonce).unwrap();
        let token = Token::read(&token, id, "contact").unwrap();
        let key = token.content_key(&data_key, &secret).unwrap();
        assert_eq!(token.open_with(&key).is_ok(), sealing == &kids[0], "{sealing}");
    }
}

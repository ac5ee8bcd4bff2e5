//! Sealing: a token opens with its key for its event and class, and for no other.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use user_events_catalog::classes::{Contact, Identity};
use user_events_core::{
    Class, ContentKey, DataKey, NONCE_BYTES, OpenError, Seal, SealedMember, Sensitive, Token,
};
use zeroize::Zeroizing;

use super::generated::text;
use crate::vectors::making::sealed_under;
use crate::vectors::persons::content_key;

type Key = [u8; 32];

/// The token of a class, sealed for an event.
fn sealed(class: Contact, event_id: &str, key: Key, nonce: [u8; NONCE_BYTES]) -> String {
    let key = DataKey {
        plaintext: Zeroizing::new(key),
        wrapped: "wrapped".to_owned(),
        key_arn: "arn".to_owned(),
    };
    let mut class = Sensitive::new(class).unwrap();
    class.seal(event_id, &key, nonce).unwrap();
    let member: SealedMember = serde_json::from_value(serde_json::to_value(&class).unwrap()).unwrap();
    member.sealed
}

fn open(token: &str, event_id: &str, class: &str, key: &Key) -> Result<Vec<u8>, OpenError> {
    Ok(Token::read(token, event_id, class)?.open(key)?.to_vec())
}

fn contact() -> impl Strategy<Value = Contact> {
    (text(), proptest::option::of(text())).prop_map(|(email, phone_number)| {
        let mut contact = Contact::default();
        contact.email = Some(email);
        contact.phone_number = phone_number;
        contact
    })
}

/// An event's id. A `kid` holds no other characters.
fn id() -> impl Strategy<Value = String> {
    "[0-9a-f]{1,8}-[0-9a-f]{4}"
}

proptest! {
    #[test]
    fn what_was_sealed_opens(contact in contact(), event_id in id(), key: Key, nonce: [u8; NONCE_BYTES]) {
        let token = sealed(contact.clone(), &event_id, key, nonce);
        let content = open(&token, &event_id, Contact::NAME, &key).unwrap();
        prop_assert_eq!(content, serde_json::to_vec(&contact).unwrap());
        prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    }

    #[test]
    fn no_bit_of_a_token_or_of_its_key_can_be_flipped(
        contact in contact(),
        key: Key,
        nonce: [u8; NONCE_BYTES],
        bits in vec(any::<Index>(), 32),
    ) {
        let token = sealed(contact, "event-1", key, nonce);
        for bit in &bits {
            let mut flipped = token.clone().into_bytes();
            flip(&mut flipped, bit);
            // An event contains only UTF-8.
            if let Ok(flipped) = String::from_utf8(flipped) {
                prop_assert!(open(&flipped, "event-1", Contact::NAME, &key).is_err(), "{} opened as {}", token, flipped);
            }
            let mut other_key = key;
            flip(&mut other_key, bit);
            prop_assert_eq!(open(&token, "event-1", Contact::NAME, &other_key), Err(OpenError::DoesNotOpen));
        }
    }

    #[test]
    fn a_token_opens_in_no_other_place(contact in contact(), event_id in id(), other in id(), key: Key) {
        let token = sealed(contact, &event_id, key, [7; NONCE_BYTES]);
        let elsewhere = open(&token, &event_id, Identity::NAME, &key);
        prop_assert_eq!(elsewhere, Err(OpenError::OtherEventOrClass));
        if other != event_id {
            let elsewhere = open(&token, &other, Contact::NAME, &key);
            prop_assert_eq!(elsewhere, Err(OpenError::OtherEventOrClass));
        }
    }

    #[test]
    fn a_token_of_a_person_opens_with_exactly_its_two_shares_and_its_kid(
        data_key: Key,
        secret: Key,
        key_id: [u8; 16],
        other_key_id: [u8; 16],
        nonce: [u8; NONCE_BYTES],
        bits in vec(any::<Index>(), 16),
    ) {
        let place = |id: [u8; 16]| format!("event-1/contact/{}", BASE64_URL_SAFE_NO_PAD.encode(id));
        let kid = place(key_id);
        let header = |kid: &str| format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
        let key = content_key(&data_key, &secret, &kid).unwrap();
        let token = sealed_under(&header(&kid), b"{\"a\":1}", &key, nonce).unwrap();
        let read = || Token::read(&token, "event-1", "contact").unwrap();
        let open = |data_key: &[u8], secret: &[u8]| {
            read().content_key(data_key, secret).and_then(|key| read().open_with(&key)).is_ok()
        };
        prop_assert!(open(&data_key, &secret));
        for bit in &bits {
            let (mut other_data_key, mut other_secret) = (data_key, secret);
            flip(&mut other_data_key, bit);
            flip(&mut other_secret, bit);
            prop_assert!(!open(&other_data_key, &secret) && !open(&data_key, &other_secret));
        }
        // The two forms are apart: neither header opens the rest of the other, and no data key opens both.
        prop_assert_eq!(read().open(&data_key), Err(OpenError::DoesNotOpen));
        let (_, rest) = token.split_once('.').unwrap();
        for other in ["event-1/contact".to_owned(), place(other_key_id)] {
            if other == kid {
                continue;
            }
            let moved = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header(&other)));
            let moved = || Token::read(&moved, "event-1", "contact").unwrap();
            for key in [&data_key, &secret] {
                prop_assert_eq!(moved().open(key), Err(OpenError::DoesNotOpen));
            }
            let other_key = content_key(&data_key, &secret, &other).unwrap();
            prop_assert_ne!(&other_key, &key, "each kid has a key of its own");
            for key in [&key, &other_key] {
                let key = ContentKey::from_data_key(key).unwrap();
                prop_assert_eq!(moved().open_with(&key), Err(OpenError::DoesNotOpen));
            }
        }
    }

    #[test]
    fn text_that_is_no_token_is_refused(parts in vec("[A-Za-z0-9_-]{0,24}", 0..7), key: Key) {
        prop_assert!(open(&parts.join("."), "event-1", Contact::NAME, &key).is_err());
    }
}

#[test]
fn every_single_bit_of_a_token_counts() {
    let mut contact = Contact::default();
    contact.email = Some("ada@example.com".into());
    let token = sealed(contact, "event-1", [3; 32], [9; NONCE_BYTES]);
    for place in 0..token.len() {
        for bit in 0..7 {
            let mut flipped = token.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            let flipped = String::from_utf8(flipped).unwrap();
            assert!(
                open(&flipped, "event-1", Contact::NAME, &[3; 32]).is_err(),
                "bit {bit} of place {place}"
            );
        }
    }
}

fn flip(bytes: &mut [u8], bit: &Index) {
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

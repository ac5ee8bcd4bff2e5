//! Opening sealed data: the subscribers' side of [`crate::Sensitive`].

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::sealing::member::SealedMember;
use crate::sealing::seal::{NONCE_BYTES, key_id};

/// The bytes of an authentication tag (RFC 7518, section 5.3).
const TAG_BYTES: usize = 16;

/// A token with a header that fits its event and its class.
#[derive(Debug)]
pub struct Token<'a> {
    header: &'a str,
    nonce: [u8; NONCE_BYTES],
    ciphertext_and_tag: Vec<u8>,
}

/// Why a token was refused. The message reveals nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is not a JWE in compact form with an empty encrypted key.
    #[error("the token is not a JWE in compact form with direct encryption")]
    Malformed,
    /// Its header names other algorithms than `dir` and `A256GCM`, or compression.
    #[error("the token's header names other algorithms than `dir` and `A256GCM`")]
    RefusedAlgorithm,
    /// Its `kid` names another event or class: the token was moved.
    #[error("the token's `kid` names another event or class")]
    OtherEventOrClass,
    /// The key is another one, or the token was changed.
    #[error("the token does not open with this data key")]
    DoesNotOpen,
}

impl<'a> Token<'a> {
    /// Reads a token and checks its header against the event and the class, before any key is needed.
    ///
    /// Fails when the token is malformed, when its header names other algorithms, and when its `kid` names another
    /// event or class.
    pub fn read(compact: &'a str, event_id: &str, class: &str) -> Result<Self, OpenError> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            enc: String,
            kid: Option<String>,
            // Even `null` counts as present, so that readers in all languages decide alike.
            #[serde(default, deserialize_with = "present")]
            zip: bool,
            #[serde(default, deserialize_with = "present")]
            crit: bool,
        }
        let mut parts = compact.split('.');
        let mut part = || parts.next().ok_or(OpenError::Malformed);
        let (header, encrypted_key, nonce, ciphertext, tag) = (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() || !encrypted_key.is_empty() {
            return Err(OpenError::Malformed);
        }
        let decode = |part: &str| {
            BASE64_URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| OpenError::Malformed)
        };
        let read: Header = serde_json::from_slice(&decode(header)?).map_err(|_| OpenError::Malformed)?;
        if read.alg != "dir" || read.enc != "A256GCM" || read.zip || read.crit {
            return Err(OpenError::RefusedAlgorithm);
        }
        if read.kid != Some(key_id(event_id, class)) {
            return Err(OpenError::OtherEventOrClass);
        }
        let mut ciphertext_and_tag = decode(ciphertext)?;
        let tag = decode(tag)?;
        if tag.len() != TAG_BYTES {
            return Err(OpenError::Malformed);
        }
        ciphertext_and_tag.extend_from_slice(&tag);
        let nonce = decode(nonce)?.try_into().map_err(|_| OpenError::Malformed)?;
        Ok(Self {
            header,
            nonce,
            ciphertext_and_tag,
        })
    }

    /// Opens the token with its unwrapped data key and returns the JSON of the class.
    ///
    /// Fails when the key is another one, or when any bit of the token was changed.
    pub fn open(self, key: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| OpenError::DoesNotOpen)?;
        let mut content = Zeroizing::new(self.ciphertext_and_tag);
        let length = LessSafeKey::new(key)
            .open_in_place(
                Nonce::assume_unique_for_key(self.nonce),
                Aad::from(self.header.as_bytes()),
                content.as_mut_slice(),
            )
            .map_err(|_| OpenError::DoesNotOpen)?
            .len();
        content.truncate(length);
        Ok(content)
    }
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// The content of every sealed member in the `data` of an event, by class. `key` returns the unwrapped data key of a
/// member; without a key the member does not open.
///
/// Fails when a member does not open, or when its content is not JSON.
pub fn open_members<K: AsRef<[u8]>>(
    data: &Value,
    event_id: &str,
    key: impl Fn(&str, &SealedMember) -> Option<K>,
) -> Result<BTreeMap<String, Value>, OpenError> {
    let mut opened = BTreeMap::new();
    for (class, member) in data.as_object().into_iter().flatten() {
        let Some(member) = SealedMember::from_member(member) else {
            continue;
        };
        let token = Token::read(&member.sealed, event_id, class)?;
        let key = key(class, &member).ok_or(OpenError::DoesNotOpen)?;
        let content = token.open(key.as_ref())?;
        let content = serde_json::from_slice(&content).map_err(|_| OpenError::Malformed)?;
        opened.insert(class.clone(), content);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::seal::{Class, DataKey, Seal, Sensitive};

    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct Contact {
        email: String,
    }

    impl Class for Contact {
        const NAME: &'static str = "contact";

        fn is_empty(&self) -> bool {
            self.email.is_empty()
        }
    }

    const KEY: [u8; 32] = [3; 32];

    fn sealed() -> String {
        let key = DataKey {
            plaintext: Zeroizing::new(KEY),
            wrapped: String::new(),
            key_arn: String::new(),
        };
        let mut class = Sensitive::new(Contact {
            email: "ada@example.com".into(),
        })
        .unwrap();
        class.seal("event-1", &key, [9; NONCE_BYTES]).unwrap();
        let member = serde_json::to_value(&class).unwrap();
        member["sealed"].as_str().unwrap().to_owned()
    }

    fn open(token: &str) -> Result<Vec<u8>, OpenError> {
        Ok(Token::read(token, "event-1", "contact")?.open(&KEY)?.to_vec())
    }

    #[test]
    fn a_sealed_class_opens() {
        assert_eq!(open(&sealed()).unwrap(), br#"{"email":"ada@example.com"}"#);
    }

    #[test]
    fn a_list_of_three_strings_is_no_sealed_member() {
        let data = serde_json::json!({ "changedFields": ["addressType", "label", "line1"] });
        let opened = open_members(&data, "event-1", |_, _| Some(KEY)).unwrap();
        assert!(opened.is_empty());
    }

    #[test]
    fn a_class_that_is_not_sealed_cannot_be_written_or_printed() {
        let class = Sensitive::new(Contact {
            email: "ada@example.com".into(),
        })
        .unwrap();
        assert!(serde_json::to_string(&class).is_err());
        assert_eq!(format!("{class:?}"), "[sensitive]");
    }

    #[test]
    fn a_class_without_a_value_is_absent() {
        assert!(Sensitive::new(Contact { email: String::new() }).is_none());
    }

    #[test]
    fn a_token_does_not_open_after_any_one_character_of_it_has_changed() {
        let token = sealed();
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            // Another character of the alphabet that differs in the highest of its six bits.
            changed[place] = if changed[place] == b'A' { b'z' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(open(&changed).is_err(), "opened with place {place} changed");
        }
    }

    #[test]
    fn a_token_that_was_moved_is_refused_before_a_key_is_asked_for() {
        let token = sealed();
        assert_eq!(
            Token::read(&token, "event-2", "contact").unwrap_err(),
            OpenError::OtherEventOrClass
        );
        assert_eq!(
            Token::read(&token, "event-1", "address").unwrap_err(),
            OpenError::OtherEventOrClass
        );
    }

    #[test]
    fn other_algorithms_and_compression_are_refused() {
        let token = sealed();
        let (_, rest) = token.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none","enc":"A256GCM","kid":"event-1/contact"}"#,
            r#"{"alg":"dir","enc":"A128GCM","kid":"event-1/contact"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","zip":"DEF"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","crit":["x"]}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","zip":null}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","crit":null}"#,
        ] {
            let token = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(
                Token::read(&token, "event-1", "contact").unwrap_err(),
                OpenError::RefusedAlgorithm,
                "{header}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_token_is_malformed() {
        for text in ["", ".", "....", "a.b.c.d.e", "a..c.d.e.f", "!!..AAAA.AAAA.AAAA"] {
            assert_eq!(
                Token::read(text, "event-1", "contact").unwrap_err(),
                OpenError::Malformed,
                "{text}"
            );
        }
    }
}

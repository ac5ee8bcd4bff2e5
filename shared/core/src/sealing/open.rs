//! Opening sealed data: the subscribers' side of [`crate::Sensitive`].

use std::collections::BTreeMap;

use base64_simd::{Out, URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::sealing::content_key::{ContentKey, NONCE_BYTES};
use crate::sealing::header;
use crate::sealing::member::SealedMember;
use crate::sealing::refusal::OpenError;
use crate::sealing::seal::MAX_CONTENT_BYTES;
use crate::strict::{Misfit, NotStrict, is_strict_object, strict_object};

/// The characters of a nonce in base64url.
const NONCE_LENGTH: usize = NONCE_BYTES / 3 * 4;
/// The characters of an authentication tag in base64url; it has 16 bytes (RFC 7518, section 5.3).
const TAG_LENGTH: usize = 22;
/// The third part of a `kid`: 16 bytes in base64url.
const KEY_ID_BYTES: usize = 16;
/// More bytes than the longest header has.
const MAX_HEADER: usize = 320;
/// No part of a token that the publisher writes is longer.
const MAX_PART: usize = MAX_CONTENT_BYTES / 3 * 4;

/// A token with a header that fits its event and its class.
#[derive(Debug)]
pub struct Token<'a> {
    header: &'a str,
    /// The `kid` with the name of a person's key, and where that name begins. `None` if it has two parts.
    person: Option<(String, usize)>,
    nonce: [u8; NONCE_BYTES],
    ciphertext_and_tag: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads a token and checks it against the event and the class, before any key is needed.
    ///
    /// Fails when the token is malformed, when its header is not in the one form that is written, and when its `kid`
    /// names another event or class.
    pub fn read(compact: &'a str, event_id: &str, class: &str) -> Result<Self, OpenError> {
        let Parts {
            header,
            nonce,
            ciphertext,
            tag,
        } = Parts::of(compact).ok_or(OpenError::Malformed)?;
        let malformed = |_| OpenError::Malformed;
        let mut text = [0; MAX_HEADER];
        let text: &[u8] = if header.len() <= MAX_HEADER / 3 * 4 {
            let decoded = URL_SAFE_NO_PAD.decode(header.as_bytes(), Out::from_slice(&mut text));
            decoded.map_err(malformed)?
        } else {
            // Too long for a header, if it is base64url at all.
            URL_SAFE_NO_PAD.check(header.as_bytes()).map_err(malformed)?;
            b""
        };
        let mut ciphertext_and_tag = Vec::with_capacity((ciphertext.len() + tag.len()) / 4 * 3 + 4);
        let decode =
            |part: &str, into: &mut Vec<u8>| URL_SAFE_NO_PAD.decode_append(part, into).map_err(malformed);
        decode(ciphertext, &mut ciphertext_and_tag)?;
        decode(tag, &mut ciphertext_and_tag)?;
        let mut bytes = [0; NONCE_BYTES];
        let read = URL_SAFE_NO_PAD.decode(nonce.as_bytes(), Out::from_slice(&mut bytes));
        read.map_err(malformed)?;
        let person = person(text, event_id, class)?;
        Ok(Self {
            header,
            person,
            nonce: bytes,
            ciphertext_and_tag,
        })
    }

    /// The name of the person's key that the token needs beside its data key. `None` if it needs the data key alone.
    pub fn key_id(&self) -> Option<&str> {
        let (kid, place) = self.person.as_ref()?;
        kid.get(*place..)
    }

    /// The key of the content from both shares: the data key, and the secret of the person.
    ///
    /// Fails when the token needs no person's key, and when a share has not 32 bytes.
    pub fn content_key(&self, data_key: &[u8], secret: &[u8]) -> Result<ContentKey, OpenError> {
        let (kid, _) = self.person.as_ref().ok_or(OpenError::DoesNotOpen)?;
        ContentKey::from_shares(data_key, secret, kid)
    }

    /// Opens the token with its unwrapped data key and returns the JSON of the class.
    ///
    /// Fails when the key is another one, when any bit of the token was changed, when the token needs a person's key,
    /// and when the content is not one JSON object.
    pub fn open(self, data_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if self.person.is_some() {
            return Err(OpenError::DoesNotOpen);
        }
        self.open_with(&ContentKey::from_data_key(data_key)?)
    }

    /// Opens the token with the key of its content.
    ///
    /// Fails like [`open`](Self::open), except that the key may be that of a person.
    pub fn open_with(self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let content = self.decrypt(key)?;
        if text(&content).is_ok_and(is_strict_object) {
            Ok(content)
        } else {
            Err(OpenError::NotAnObject)
        }
    }

    /// Opens the token with the key of its content, and reads the content as a type, as
    /// [`from_strict`](crate::strict::from_strict) does.
    ///
    /// Fails like [`open_with`](Self::open_with). The inner result fails when the content does not fit the type.
    pub fn open_as<C: DeserializeOwned>(self, key: &ContentKey) -> Result<Result<C, Misfit>, OpenError> {
        let content = self.decrypt(key)?;
        strict_object(text(&content)?).map_err(|NotStrict| OpenError::NotAnObject)
    }

    fn decrypt(self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut content = Zeroizing::new(self.ciphertext_and_tag);
        let length = key.decrypt(self.nonce, self.header, content.as_mut_slice())?;
        content.truncate(length);
        Ok(content)
    }
}

fn text(content: &[u8]) -> Result<&str, OpenError> {
    std::str::from_utf8(content).map_err(|_| OpenError::NotAnObject)
}

/// The parts of a compact token (RFC 7516, section 7.1). The second one, the wrapped key, is empty (section 5.1).
struct Parts<'a> {
    header: &'a str,
    nonce: &'a str,
    ciphertext: &'a str,
    tag: &'a str,
}

impl<'a> Parts<'a> {
    /// `None` when a part is missing or has not its length. The ciphertext may still hold a dot, which is not base64url.
    fn of(compact: &'a str) -> Option<Self> {
        let (header, rest) = compact.split_once('.')?;
        let (nonce, rest) = rest.strip_prefix('.')?.split_at_checked(NONCE_LENGTH)?;
        let rest = rest.strip_prefix('.')?;
        let (rest, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_LENGTH)?)?;
        let ciphertext = rest.strip_suffix('.')?;
        let is_short = header.len() <= MAX_PART && ciphertext.len() <= MAX_PART;
        is_short.then_some(Self {
            header,
            nonce,
            ciphertext,
            tag,
        })
    }
}

/// Compares a header with the event and the class. Returns its `kid` and where the third part begins, if it has one.
fn person(header: &[u8], event_id: &str, class: &str) -> Result<Option<(String, usize)>, OpenError> {
    let header = std::str::from_utf8(header).map_err(|_| OpenError::OtherHeader)?;
    let kid = header::kid(header).ok_or(OpenError::OtherHeader)?;
    let rest = kid.strip_prefix(event_id).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.and_then(|rest| rest.strip_prefix(class));
    let rest = rest.ok_or(OpenError::OtherEventOrClass)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let key_id = rest
        .strip_prefix('/')
        .and_then(|id| URL_SAFE_NO_PAD.decode_to_vec(id).ok());
    match key_id {
        Some(id) if id.len() == KEY_ID_BYTES => Ok(Some((kid.to_owned(), kid.len() - rest.len() + 1))),
        _ => Err(OpenError::OtherEventOrClass),
    }
}

/// The content of every sealed member in the `data` of an event, by class. `key` returns the unwrapped data key of a
/// member; without a key the member does not open.
///
/// Fails when a member does not open.
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
        let content = serde_json::from_slice(&content).map_err(|_| OpenError::NotAnObject)?;
        opened.insert(class.clone(), content);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;
    use crate::sealing::seal::{Class, DataKey, Seal, Sensitive, encrypt};

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
        class.seal("event-1", &key, None, [9; NONCE_BYTES]).unwrap();
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
    fn a_header_in_any_other_form_is_refused() {
        let token = sealed();
        let (_, rest) = token.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none","enc":"A256GCM","kid":"event-1/contact"}"#,
            r#"{"alg":"dir","enc":"A128GCM","kid":"event-1/contact"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","zip":"DEF"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact","crit":null}"#,
            r#"{"enc":"A256GCM","alg":"dir","kid":"event-1/contact"}"#,
            r#"{"alg":"dir", "enc":"A256GCM","kid":"event-1/contact"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1\u002fcontact"}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":""}"#,
            r#"{"alg":"dir","enc":"A256GCM","kid":"event-1/contact"} "#,
            "{}",
        ] {
            let token = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header));
            assert_eq!(
                Token::read(&token, "event-1", "contact").unwrap_err(),
                OpenError::OtherHeader,
                "{header}"
            );
        }
    }

    #[test]
    fn a_kid_has_two_parts_or_three_and_the_third_is_a_key_id() {
        let token = sealed();
        let (_, rest) = token.split_once('.').unwrap();
        let read = |kid: &str| {
            let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
            let token = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header));
            Token::read(&token, "event-1", "contact").map(|token| token.key_id().map(str::to_owned))
        };
        assert_eq!(read("event-1/contact"), Ok(None));
        let key_id = "AAECAwQFBgcICQoLDA0ODw";
        assert_eq!(
            read(&format!("event-1/contact/{key_id}")),
            Ok(Some(key_id.to_owned()))
        );
        for kid in [
            "event-1/contact/",
            "event-1/contact/AAECAwQFBgcICQoLDA0OD",
            "event-1/contact/AAECAwQFBgcICQoLDA0ODx",
            "event-1/contact/AAECAwQFBgcICQoLDA0ODw/x",
            "event-1/contactx",
            "event-1",
            "event-2/contact",
            "/contact",
        ] {
            assert_eq!(read(kid), Err(OpenError::OtherEventOrClass), "{kid}");
        }
    }

    #[test]
    fn a_token_of_two_shares_opens_with_both_and_not_with_the_data_key_alone() {
        let kid = "event-1/contact/AAECAwQFBgcICQoLDA0ODw";
        let key = ContentKey::from_shares(&KEY, &[5; 32], kid).unwrap();
        let token = sealed_for(kid, &key, br#"{"email":"ada@example.com"}"#);
        let open = |key: &ContentKey| Token::read(&token, "event-1", "contact").unwrap().open_with(key);
        assert_eq!(open(&key).unwrap().as_slice(), br#"{"email":"ada@example.com"}"#);
        let alone = Token::read(&token, "event-1", "contact").unwrap().open(&KEY);
        assert_eq!(alone.unwrap_err(), OpenError::DoesNotOpen);
        for (data_key, secret, kid) in [
            ([4; 32], [5; 32], kid),
            (KEY, [6; 32], kid),
            (KEY, [5; 32], "event-1/contact"),
        ] {
            let other = ContentKey::from_shares(&data_key, &secret, kid).unwrap();
            assert_eq!(open(&other).unwrap_err(), OpenError::DoesNotOpen);
        }
        assert!(ContentKey::from_shares(&KEY, &[5; 31], kid).is_err());
        assert!(ContentKey::from_shares(&KEY[..16], &[5; 32], kid).is_err());
    }

    #[test]
    fn content_that_is_not_one_object_with_each_member_once_is_refused() {
        let key = ContentKey::from_data_key(&KEY).unwrap();
        for content in [
            b"[]".as_slice(),
            b"",
            b"{\"email\":1,\"email\":2}",
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            b"{\"email\":\"\xff\"}",
        ] {
            let token = sealed_for("event-1/contact", &key, content);
            let opened = Token::read(&token, "event-1", "contact").unwrap().open(&KEY);
            assert_eq!(opened.unwrap_err(), OpenError::NotAnObject, "{content:?}");
        }
    }

    #[test]
    fn a_class_is_sealed_up_to_its_limit_and_not_beyond() {
        let seal = |bytes: usize| {
            let brackets = r#"{"email":""}"#.len();
            let email = "a".repeat(bytes - brackets);
            let mut class = Sensitive::new(Contact { email }).unwrap();
            let key = DataKey {
                plaintext: Zeroizing::new(KEY),
                wrapped: String::new(),
                key_arn: String::new(),
            };
            class.seal("event-1", &key, None, [9; NONCE_BYTES])?;
            let token = class.sealed().unwrap().sealed.clone();
            assert_eq!(open(&token).unwrap().len(), bytes);
            Ok::<_, crate::error::Error>(())
        };
        assert_eq!(seal(MAX_CONTENT_BYTES), Ok(()));
        let error = seal(MAX_CONTENT_BYTES + 1).unwrap_err();
        assert_eq!(error.code(), crate::error::Code::ClassTooLarge);
        assert_eq!(error.disposition(), crate::error::Disposition::Park);
    }

    #[test]
    fn a_ciphertext_is_taken_up_to_its_limit_and_not_beyond() {
        let token = |bytes: usize| {
            let sealed = sealed();
            let (head, _) = sealed.rsplit_once('.').unwrap();
            let (head, _) = head.rsplit_once('.').unwrap();
            let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
            format!("{head}.{}.{}", encode(&vec![0; bytes]), encode(&[0; 16]))
        };
        let read = |bytes| Token::read(&token(bytes), "event-1", "contact").map(drop);
        assert_eq!(read(MAX_CONTENT_BYTES), Ok(()));
        assert_eq!(read(MAX_CONTENT_BYTES + 1), Err(OpenError::Malformed));
    }

    /// A token of this content, sealed under this key with this `kid`.
    fn sealed_for(kid: &str, key: &ContentKey, content: &[u8]) -> String {
        encrypt(content, kid, key, [9; NONCE_BYTES]).unwrap()
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

//! Sealing: encrypts a class of personal data into a JWE that only subscribers with a grant for the class can open.
//!
//! The token is a JWE in compact form with direct encryption (RFC 7516, section 3.1; RFC 7518, section 4.5) and
//! AES-256-GCM (RFC 7518, section 5.3). Its header has only registered names and is the additional authenticated data,
//! so a token that was moved to another event or class does not open.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::sealing::content_key::{ContentKey, NONCE_BYTES};
use crate::sealing::header::{header, kid_of};
use crate::sealing::member::SealedMember;
use crate::sealing::subject_key::SubjectKey;

/// The most bytes of a class in clear, 48 KiB: 65,536 characters of base64url, which readers of all languages accept. A
/// larger class is parked.
pub const MAX_CONTENT_BYTES: usize = 49_152;

/// A class of personal data. A subscriber is granted a class as a whole.
pub trait Class: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    /// The class's name: the member of `data`, and `class` in the KMS encryption context.
    const NAME: &'static str;

    /// Whether the class has no value at all. An empty class is absent from the event.
    fn is_empty(&self) -> bool;
}

/// Personal data that must be sealed before it leaves. It cannot be printed, and serialising it unsealed is an error:
/// code that forgets to seal stops the event and never leaks it.
pub struct Sensitive<C>(State<C>);

enum State<C> {
    Clear(C),
    Sealed(SealedMember),
    /// The data was dropped: the event leaves without it.
    Withheld,
}

/// A data key. It encrypts a class, and its wrapped form travels with the ciphertext.
pub struct DataKey {
    /// 256 bits, zeroed when dropped.
    pub plaintext: Zeroizing<[u8; 32]>,
    /// The same key encrypted by KMS, base64.
    pub wrapped: String,
    /// The ARN of the KMS key that encrypted it.
    pub key_arn: String,
}

/// The available data keys, one per class.
pub type KeyRing = BTreeMap<&'static str, Arc<DataKey>>;

/// A [`Sensitive`] of any class, which can be sealed in place.
pub trait Seal {
    /// The name of the class.
    fn class(&self) -> &'static str;

    /// Seals the class for one event; sealing it again changes nothing. With the key of a person, the token opens with both
    /// keys only. Fails when the data cannot be encrypted.
    fn seal(
        &mut self,
        event_id: &str,
        key: &DataKey,
        person: Option<&SubjectKey>,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<(), Error>;

    /// Drops the data, sealed or not, for a thin event and for a person who was erased. It is then written as `null`.
    fn withhold(&mut self);
}

impl<C: Class> Sensitive<C> {
    /// The class to be sealed; `None` when it has no value.
    pub fn new(class: C) -> Option<Self> {
        (!class.is_empty()).then_some(Self(State::Clear(class)))
    }
}

impl<C> Sensitive<C> {
    /// The sealed form that the event carries; `None` before the class is sealed.
    pub fn sealed(&self) -> Option<&SealedMember> {
        match &self.0 {
            State::Sealed(member) => Some(member),
            State::Clear(_) | State::Withheld => None,
        }
    }
}

impl<'de, C> Deserialize<'de> for Sensitive<C> {
    /// Reads a sealed class. It stays sealed: opening it needs a grant.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SealedMember::deserialize(deserializer).map(|member| Self(State::Sealed(member)))
    }
}

impl<C: Class> Seal for Sensitive<C> {
    fn class(&self) -> &'static str {
        C::NAME
    }

    fn seal(
        &mut self,
        event_id: &str,
        key: &DataKey,
        person: Option<&SubjectKey>,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<(), Error> {
        let State::Clear(class) = &self.0 else {
            return Ok(());
        };
        let failed = || Error::new(Code::Unsealed, format!("class `{}` could not be sealed", C::NAME));
        let plaintext = Zeroizing::new(serde_json::to_vec(class).map_err(|_| failed())?);
        if plaintext.len() > MAX_CONTENT_BYTES {
            let message = format!(
                "class `{}` has more than {MAX_CONTENT_BYTES} bytes in clear",
                C::NAME
            );
            return Err(Error::new(Code::ClassTooLarge, message));
        }
        let data_key = key.plaintext.as_slice();
        let kid = kid_of(event_id, C::NAME, person.map(|person| person.key_id.as_str()));
        let content_key = match person {
            None => ContentKey::from_data_key(data_key),
            Some(person) => ContentKey::from_shares(data_key, person.secret.as_slice(), &kid),
        };
        let content_key = content_key.map_err(|_| failed())?;
        let sealed = encrypt(&plaintext, &kid, &content_key, nonce).ok_or_else(failed)?;
        self.0 = State::Sealed(SealedMember {
            sealed,
            data_key: key.wrapped.clone(),
            key_arn: key.key_arn.clone(),
        });
        Ok(())
    }

    fn withhold(&mut self) {
        self.0 = State::Withheld;
    }
}

/// The KMS encryption context that binds a wrapped data key to its class.
pub fn encryption_context(class: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("app".to_owned(), "user-events".to_owned()),
        ("class".to_owned(), class.to_owned()),
    ])
}

/// The token. `None` when the `kid` has characters that readers refuse, and when the library cannot encrypt.
pub(super) fn encrypt(
    plaintext: &[u8],
    kid: &str,
    key: &ContentKey,
    nonce: [u8; NONCE_BYTES],
) -> Option<String> {
    let header = BASE64_URL_SAFE_NO_PAD.encode(header(kid)?);
    let mut ciphertext = Zeroizing::new(plaintext.to_vec());
    let tag = key.encrypt(nonce, &header, ciphertext.as_mut_slice())?;
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    // Direct encryption has an empty encrypted key (RFC 7516, section 5.1, step 5).
    Some(format!(
        "{header}..{}.{}.{}",
        encode(&nonce),
        encode(&ciphertext),
        encode(tag.as_ref())
    ))
}

/// A nonce from the operating system's randomness: the only randomness in the core. Fails when the system has none; the
/// record is then tried again.
pub fn random_nonce() -> Result<[u8; NONCE_BYTES], Error> {
    let mut nonce = [0; NONCE_BYTES];
    aws_lc_rs::rand::fill(&mut nonce)
        .map_err(|_| Error::new(Code::KeyUnavailable, "the system has no randomness for a nonce"))?;
    Ok(nonce)
}

impl<C> fmt::Debug for Sensitive<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey")
            .field("key_arn", &self.key_arn)
            .finish_non_exhaustive()
    }
}

impl<C> Serialize for Sensitive<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            State::Sealed(sealed) => sealed.serialize(serializer),
            State::Withheld => serializer.serialize_unit(),
            State::Clear(_) => Err(serde::ser::Error::custom(
                "a class of personal data is not sealed",
            )),
        }
    }
}

impl<C: Class> JsonSchema for Sensitive<C> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Sealed{}", C::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let class = generator.subschema_for::<C>();
        json_schema!({
            "type": "object",
            "x-class": C::NAME,
            "required": ["sealed", "dataKey", "keyArn"],
            "properties": {
                "sealed": {
                    "description": "A JWE in compact form (RFC 7516): `alg` is `dir`, `enc` is `A256GCM`, `kid` is the event's `id`, a slash and the member's name; a third part, after another slash, is the name of the person's key.",
                    "type": "string",
                    "contentMediaType": "application/jose",
                    "contentSchema": class,
                },
                "dataKey": {
                    "description": "The data key that opens `sealed`, encrypted by KMS under `keyArn` with the encryption context `app`: `user-events` and `class`: the member's name.",
                    "type": "string",
                    "contentEncoding": "base64",
                },
                "keyArn": {
                    "description": "The ARN of the KMS key.",
                    "type": "string",
                },
            },
        })
    }
}

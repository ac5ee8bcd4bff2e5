//! Opening what was sealed: the subscribers' side of [`crate::Sensitive`].

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::seal::{NONCE_BYTES, key_id};

/// The bytes of an authentication tag (RFC 7518, section 5.3).
const TAG_BYTES: usize = 16;

/// A sealed class as it stands in an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedMember {
    /// The JWE in compact form.
    pub sealed: String,
    /// The wrapped data key, base64.
    pub data_key: String,
    /// The ARN of the KMS key that wrapped it.
    pub key_arn: String,
}

/// A token whose header was found right for the event and the class that it stands in.
#[derive(Debug)]
pub struct Token<'a> {
    header: &'a str,
    nonce: [u8; NONCE_BYTES],
    ciphertext_and_tag: Vec<u8>,
}

/// Why a token was refused. Nothing of its content is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// It is no JWE in compact form with an empty encrypted key.
    Malformed,
    /// Its header asks for something else than `dir` and `A256GCM`, or for compression.
    RefusedAlgorithm,
    /// Its `kid` names another event or class: the token was moved.
    OtherEventOrClass,
    /// The key is not the one it was sealed with, or the token was changed.
    DoesNotOpen,
}

/// The KMS encryption context that a class's data keys are wrapped under.
pub fn encryption_context(class: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("app".to_owned(), "user-events".to_owned()),
        ("class".to_owned(), class.to_owned()),
    ])
}

impl<'a> Token<'a> {
    /// Reads a token and checks its header against the event and the class, before any key is asked for.
    ///
    /// Fails when the token is malformed, when its header asks for other algorithms, and when its `kid` is
    /// another event's or class's.
    pub fn read(compact: &'a str, event_id: &str, class: &str) -> Result<Self, OpenError> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            enc: String,
            kid: Option<String>,
            zip: Option<serde::de::IgnoredAny>,
            crit: Option<serde::de::IgnoredAny>,
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
        if read.alg != "dir" || read.enc != "A256GCM" || read.zip.is_some() || read.crit.is_some() {
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

    /// Opens the token with its unwrapped data key: the JSON of the class.
    ///
    /// Fails when the key is another one or a single bit of the token differs.
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

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the token is no JWE in compact form with direct encryption",
            Self::RefusedAlgorithm => "the token's header asks for something else than `dir` and `A256GCM`",
            Self::OtherEventOrClass => "the token's `kid` names another event or class",
            Self::DoesNotOpen => "the token does not open with this data key",
        })
    }
}

impl std::error::Error for OpenError {}

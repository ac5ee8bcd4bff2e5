//! The key that encrypts the content of a token: the data key alone, or the data key and a secret of the person.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

use crate::sealing::refusal::OpenError;

/// The size of a nonce: 96 bits (NIST SP 800-38D, section 8.2).
pub const NONCE_BYTES: usize = 12;

/// The salt of the derivation (RFC 5869, section 3.1): it separates these keys from all others.
const SALT: &[u8] = b"user-events/subject-key/v1";
/// The size of a data key, of a secret, and of the key that is derived from both.
pub const KEY_BYTES: usize = 32;

/// A key that is ready to decrypt.
pub struct ContentKey(LessSafeKey);

impl ContentKey {
    /// The data key itself, for tokens without a person's share.
    ///
    /// Fails when it has not 32 bytes.
    pub fn from_data_key(data_key: &[u8]) -> Result<Self, OpenError> {
        let key = UnboundKey::new(&AES_256_GCM, data_key).map_err(|_| OpenError::DoesNotOpen)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// The key of both shares: HKDF-SHA256 (RFC 5869) of the data key followed by the secret.
    ///
    /// Fails when one of them has not 32 bytes.
    pub fn from_shares(data_key: &[u8], secret: &[u8], kid: &str) -> Result<Self, OpenError> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                KEY_BYTES
            }
        }
        if data_key.len() != KEY_BYTES || secret.len() != KEY_BYTES {
            return Err(OpenError::DoesNotOpen);
        }
        let shares = Zeroizing::new([data_key, secret].concat());
        let info = [b"A256GCM\0".as_slice(), kid.as_bytes()];
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Salt::new(HKDF_SHA256, SALT)
            .extract(&shares)
            .expand(&info, Length)
            .and_then(|derived| derived.fill(key.as_mut_slice()))
            .map_err(|_| OpenError::DoesNotOpen)?;
        Self::from_data_key(key.as_slice())
    }

    /// Encrypts in place and returns the authentication tag. `None` when the library cannot encrypt.
    pub(super) fn encrypt(&self, nonce: [u8; NONCE_BYTES], header: &str, content: &mut [u8]) -> Option<Tag> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), content)
            .ok()
    }

    /// Decrypts in place and returns the length of the content.
    pub(super) fn decrypt(
        &self,
        nonce: [u8; NONCE_BYTES],
        header: &str,
        ciphertext_and_tag: &mut [u8],
    ) -> Result<usize, OpenError> {
        self.0
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header.as_bytes()),
                ciphertext_and_tag,
            )
            .map(|content| content.len())
            .map_err(|_| OpenError::DoesNotOpen)
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey")
    }
}

/// The key of a person's row in the table of secrets: the SHA-256 of source, line feed and subject, in hexadecimal.
pub fn subject_key_name(source: &str, subject: &str) -> String {
    let digest = digest(&SHA256, format!("{source}\n{subject}").as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

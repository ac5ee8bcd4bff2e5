//! The key of a person: the second share of the keys of the person's tokens.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::sealing::content_key::KEY_BYTES;

/// The size of the random name of a key, before it is written in base64url.
const NAME_BYTES: usize = 16;

/// The key of a person. Without it, no token that was sealed with it opens: deleting it erases the person from every copy.
#[derive(Clone)]
pub struct SubjectKey {
    /// Its name, the third part of the `kid` of the person's tokens.
    pub key_id: String,
    /// The secret, zeroed when dropped.
    pub secret: Zeroizing<[u8; KEY_BYTES]>,
}

impl SubjectKey {
    /// A new key from the operating system's randomness.
    ///
    /// Fails when the system has none; the event is then tried again.
    pub fn random() -> Result<Self, Error> {
        let mut name = [0; NAME_BYTES];
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        rand::fill(&mut name)
            .and_then(|()| rand::fill(secret.as_mut_slice()))
            .map_err(|_| Error::new(Code::KeyUnavailable, "the system has no randomness for a key"))?;
        Ok(Self {
            key_id: BASE64_URL_SAFE_NO_PAD.encode(name),
            secret,
        })
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey").finish_non_exhaustive()
    }
}

//! Why a class could not be opened.

use std::fmt;

use user_events_core::OpenError;

/// Why a class of an event could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFailure {
    /// The class.
    pub class: String,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong while opening a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The token is not one that may stand in this place, or it was tampered with. No retry mends it.
    Refused(OpenError),
    /// The token opened, and its content is not what the class was asked to be read as. No retry mends it.
    DoesNotFit,
    /// KMS did not unwrap the data key, with its error code where it gave one. It may pass later, but for some codes.
    Kms(Option<String>),
}

impl OpenFailure {
    pub(super) fn new(class: &str, cause: Cause) -> Self {
        let class = class.to_owned();
        Self { class, cause }
    }

    /// Whether trying again later may help. It does not for a token that was refused, nor where KMS says that the
    /// wrapped key is none of its own (`InvalidCiphertextException`, `IncorrectKeyException`: AWS KMS API Reference,
    /// *Decrypt*).
    pub fn may_pass(&self) -> bool {
        match &self.cause {
            Cause::Refused(_) | Cause::DoesNotFit => false,
            Cause::Kms(code) => !matches!(
                code.as_deref(),
                Some("InvalidCiphertextException" | "IncorrectKeyException")
            ),
        }
    }
}

impl fmt::Display for OpenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Refused(error) => write!(f, "class `{}` was refused: {error}", self.class),
            Cause::DoesNotFit => write!(
                f,
                "class `{}` opened, and its content does not fit it",
                self.class
            ),
            Cause::Kms(Some(code)) => write!(f, "class `{}`: KMS answered {code}", self.class),
            Cause::Kms(None) => write!(f, "class `{}`: KMS could not be asked", self.class),
        }
    }
}

impl std::error::Error for OpenFailure {}

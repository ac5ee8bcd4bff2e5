//! Why a class could not be opened.

use user_events_core::OpenError;

/// Why a class of an event could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("class `{class}` {cause}")]
pub struct OpenFailure {
    /// The name of the class.
    pub class: String,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong when a class was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The token is malformed, belongs to another event or class, or was tampered with. No retry can help.
    #[error("was refused: {0}")]
    Refused(OpenError),
    /// The token opened, but its content does not fit the type that the caller asked for. No retry can help.
    #[error("opened, but its content does not fit the requested type")]
    DoesNotFit,
    /// KMS did not unwrap the data key. Holds its error code, if it sent one. A retry may help, except for some codes.
    #[error("could not be opened: {}", match .0 {
        Some(code) => format!("KMS answered {code}"),
        None => "KMS could not be reached".to_owned(),
    })]
    Kms(Option<String>),
}

impl OpenFailure {
    pub(super) fn new(class: &str, cause: Cause) -> Self {
        let class = class.to_owned();
        Self { class, cause }
    }

    /// Whether a later retry may help. It cannot help if the token was refused, or if KMS does not know the wrapped
    /// key (`InvalidCiphertextException`, `IncorrectKeyException`: AWS KMS API Reference, *Decrypt*).
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

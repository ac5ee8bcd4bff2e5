//! Why a token is refused.

use thiserror::Error;

/// Why a token was refused. The message reveals nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is not a JWE in compact form with an empty encrypted key, or one of its parts has another size or encoding.
    #[error("the token is not a JWE in compact form with direct encryption")]
    Malformed,
    /// Its header is not, byte for byte, in the one form that is written.
    #[error("the token's header is not in the form that the publisher writes")]
    OtherHeader,
    /// Its `kid` names another event, class or person: the token was moved.
    #[error("the token's `kid` names another event or class")]
    OtherEventOrClass,
    /// The key is another one, or the token was changed.
    #[error("the token does not open with this data key")]
    DoesNotOpen,
    /// It opened, and its content is not one JSON object with each member once.
    #[error("the token opened, but its content is not a JSON object")]
    NotAnObject,
}

impl OpenError {
    /// The reason in a word, as `docs/reading.md` lists them: `malformed`, `header`, `moved`, `does-not-open` or
    /// `content`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OtherHeader => "header",
            Self::OtherEventOrClass => "moved",
            Self::DoesNotOpen => "does-not-open",
            Self::NotAnObject => "content",
        }
    }
}

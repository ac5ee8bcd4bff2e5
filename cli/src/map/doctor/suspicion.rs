//! What is suspicious about the values of an identifier.

use user_events_core::IdentifierValue;

use crate::map::look::{is_address, is_guessable, is_jwt, is_token};

/// A suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suspicion {
    /// An e-mail address that everybody reads.
    Address,
    /// A token that everybody reads, where one is usual: the identifier of a session.
    Token,
    /// A random text, which may be an identifier or a token.
    Random,
    /// A digest of something that can be guessed.
    Guessable,
}

/// The identifier that a session's token is mistaken for.
const SESSION: &str = "sessionId";

impl Suspicion {
    /// What is suspicious about this value, if anything is.
    pub(super) fn of(identifier: &IdentifierValue) -> Option<Self> {
        let value = identifier.value.as_str();
        if identifier.digested {
            return is_guessable(value).then_some(Self::Guessable);
        }
        if is_address(value) {
            Some(Self::Address)
        } else if is_jwt(value) || (identifier.name == SESSION && is_token(value)) {
            Some(Self::Token)
        } else {
            is_token(value).then_some(Self::Random)
        }
    }

    /// Whether it has to be corrected. Many services have random texts as identifiers.
    pub(super) fn is_problem(self) -> bool {
        self != Self::Random
    }

    /// The end of a sentence about the identifier.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Address => {
                "looks like an e-mail address, and everybody reads it; use another identifier (a digest can be guessed)"
            }
            Self::Token => "looks like a token, and everybody reads it; write `{digest: …}` around it",
            Self::Random => {
                "is a long random text, and everybody reads it; if it gives access to anything, write `{digest: …}` around it"
            }
            Self::Guessable => {
                "is digested, and its values are short, numbers or e-mail addresses: whoever tries all finds them"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_text_is_a_problem_only_as_a_session() {
        let of = |name, digested, value: &str| {
            Suspicion::of(&IdentifierValue {
                name,
                digested,
                value: value.to_owned(),
            })
        };
        let random = "c3ludGhldGljIHRva2VuIG9mIGEgdGVzdA";
        for (name, digested, value, suspicion) in [
            ("userId", false, "user-1", None),
            ("userId", false, random, Some(Suspicion::Random)),
            ("userId", false, "ada@example.com", Some(Suspicion::Address)),
            (
                "userId",
                false,
                "eyJhbGciOiJub25lIn0.e30.",
                Some(Suspicion::Token),
            ),
            ("sessionId", false, random, Some(Suspicion::Token)),
            ("sessionId", false, "3f1c7f0e-5d0a-4c53-9c4f-6a8b4c1d2e3f", None),
            ("sessionId", true, random, None),
            ("sessionId", true, "12345", Some(Suspicion::Guessable)),
            ("userId", true, "ada@example.com", Some(Suspicion::Guessable)),
        ] {
            assert_eq!(of(name, digested, value), suspicion, "{name} {value}");
        }
        assert!(!Suspicion::Random.is_problem() && Suspicion::Token.is_problem());
    }
}

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
    /// The data key is under another KMS key than the expected seal key: another sender sealed it. No retry can help.
    #[error("was refused: its data key is under another KMS key than the expected seal key")]
    OtherKey,
    /// KMS does not know the data key, or not for this class. Holds its error code. No retry can help.
    #[error("was refused: KMS answered {0} for its data key")]
    DataKey(String),
    /// The token opened, but its content does not fit the type that the caller asked for. No retry can help.
    #[error("opened, but its content does not fit the requested type")]
    DoesNotFit,
    /// KMS denied a class that this consumer requires. A retry helps after the class was granted.
    #[error("is required and not granted; grant `kms:Decrypt` for the class to the consumer's role")]
    NotGranted,
    /// KMS did not unwrap the data key. Holds its error code, if it sent one. A retry may help.
    #[error("could not be opened: {}", match .0 {
        Some(code) => format!("KMS answered {code}"),
        None => "KMS could not be reached".to_owned(),
    })]
    Kms(Option<String>),
    /// The token needs the key of a person, and this opener has no table of such keys. Configure it with
    /// [`with_subject_keys`](super::Opener::with_subject_keys), then move the message back from the dead-letter queue.
    #[error(
        "needs a person's key, and the opener has no table of these; configure the subject keys of the publisher"
    )]
    NoSubjectKeys,
    /// The table has neither a key of the person nor a tombstone. A retry may help.
    #[error("needs a person's key that is missing from the table of subject keys")]
    SubjectKeyMissing,
    /// The table of the persons' keys did not answer. Holds its error code, if it sent one. A retry may help.
    #[error("could not be opened: {}", match .0 {
        Some(code) => format!("the table of subject keys answered {code}"),
        None => "the table of subject keys could not be read".to_owned(),
    })]
    SubjectKeys(Option<String>),
}

impl OpenFailure {
    pub(super) fn new(class: &str, cause: Cause) -> Self {
        let class = class.to_owned();
        Self { class, cause }
    }

    /// Whether a later retry may help. If not, set the event aside.
    pub fn may_pass(&self) -> bool {
        match &self.cause {
            Cause::Refused(_)
            | Cause::OtherKey
            | Cause::DataKey(_)
            | Cause::DoesNotFit
            | Cause::NoSubjectKeys => false,
            Cause::NotGranted | Cause::Kms(_) | Cause::SubjectKeyMissing | Cause::SubjectKeys(_) => true,
        }
    }

    /// The cause in a word, as `docs/reading.md` lists the reasons of refusals.
    pub fn reason(&self) -> &'static str {
        match &self.cause {
            Cause::Refused(error) => error.reason(),
            Cause::OtherKey => "other-key",
            Cause::DataKey(_) => "data-key",
            Cause::DoesNotFit => "does-not-fit",
            Cause::NotGranted => "denied",
            Cause::Kms(_) => "kms",
            Cause::NoSubjectKeys => "no-subject-keys",
            Cause::SubjectKeyMissing => "subject-key-missing",
            Cause::SubjectKeys(_) => "subject-keys",
        }
    }
}

//! The one error of the core, and the one question that callers ask it.

use std::fmt;

/// Why a record could not become events. A message names fields, row kinds and event types and never a
/// value: it travels to logs and to the parked queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
}

/// What went wrong, in a form that an operator can filter on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The record is not the JSON of a DynamoDB stream record, or one of its attributes has no known type.
    UndecodableRecord,
    /// The record's `ApproximateCreationDateTime` is missing or cannot be true.
    ImplausibleTime,
    /// The stream does not carry the images that events are made from.
    WrongViewType,
    /// The row lacks a required attribute, or an attribute has another type than the row's kind asks for.
    RowDoesNotFit,
    /// The event is larger than the topic takes.
    EventTooLarge,
    /// The topic refused the event as the sender's fault.
    RefusedByTopic,
    /// A class of personal data was about to be written unsealed; the event was stopped instead.
    Unsealed,
    /// No data key could be had for a class.
    KeyUnavailable,
}

/// What is to be done with the record an error belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// No retry can mend it: set the whole record aside for a person and go on.
    Park,
    /// It may pass later: report the record, so that Lambda delivers it again.
    Retry,
}

impl Error {
    /// An error with its code and a message that holds no value of the record.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What went wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Where it went wrong: fields, row kinds and event types, never values.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the record is parked or tried again.
    pub fn disposition(&self) -> Disposition {
        match self.code {
            Code::KeyUnavailable => Disposition::Retry,
            Code::UndecodableRecord
            | Code::ImplausibleTime
            | Code::WrongViewType
            | Code::RowDoesNotFit
            | Code::EventTooLarge
            | Code::RefusedByTopic
            | Code::Unsealed => Disposition::Park,
        }
    }
}

impl Code {
    /// The code as it stands in a parked message and in the logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UndecodableRecord => "undecodable-record",
            Self::ImplausibleTime => "implausible-time",
            Self::WrongViewType => "wrong-view-type",
            Self::RowDoesNotFit => "row-does-not-fit",
            Self::EventTooLarge => "event-too-large",
            Self::RefusedByTopic => "refused-by-topic",
            Self::Unsealed => "unsealed",
            Self::KeyUnavailable => "key-unavailable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

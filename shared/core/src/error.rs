//! The error type of the core. Callers ask it one question: retry or park?

use std::fmt;

use thiserror::Error as ThisError;

/// Why a record cannot become events. The message names fields, row kinds and event types, never a value: it goes to
/// logs and to the parking-lot queue.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("{code}: {message}")]
pub struct Error {
    code: Code,
    message: String,
}

/// What went wrong, in a form that an operator can filter on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The record is not the JSON of a DynamoDB stream record, or one of its attributes has no known type.
    UndecodableRecord,
    /// The record's `ApproximateCreationDateTime` is missing or implausible.
    ImplausibleTime,
    /// The stream does not carry the images that events are made from.
    WrongViewType,
    /// The row lacks a required attribute, or an attribute has another type than its row kind requires.
    RowDoesNotFit,
    /// The event is larger than the topic accepts.
    EventTooLarge,
    /// A class of personal data is larger than readers accept.
    ClassTooLarge,
    /// The topic refused the event and named the sender as the cause.
    RefusedByTopic,
    /// A class of personal data was not sealed (encrypted). The event was stopped before it could leave in clear.
    Unsealed,
    /// The deployment publishes thin events (event notifications), and this event has no thin form.
    NotThin,
    /// No data key was available for a class.
    KeyUnavailable,
}

/// What to do with the record that an error belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Retrying cannot help: move the whole record to the parking-lot queue, where an operator decides, and continue.
    Park,
    /// The cause may pass: report the record, so that Lambda delivers it again.
    Retry,
}

impl Error {
    /// An error with its code and a message. The message must not hold a value of the record.
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

    /// Whether to park the record or to try it again.
    pub fn disposition(&self) -> Disposition {
        match self.code {
            Code::KeyUnavailable => Disposition::Retry,
            Code::UndecodableRecord
            | Code::ImplausibleTime
            | Code::WrongViewType
            | Code::RowDoesNotFit
            | Code::EventTooLarge
            | Code::ClassTooLarge
            | Code::RefusedByTopic
            | Code::Unsealed
            | Code::NotThin => Disposition::Park,
        }
    }
}

impl Code {
    /// The code as parked messages and logs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UndecodableRecord => "undecodable-record",
            Self::ImplausibleTime => "implausible-time",
            Self::WrongViewType => "wrong-view-type",
            Self::RowDoesNotFit => "row-does-not-fit",
            Self::EventTooLarge => "event-too-large",
            Self::ClassTooLarge => "class-too-large",
            Self::RefusedByTopic => "refused-by-topic",
            Self::Unsealed => "unsealed",
            Self::NotThin => "not-thin",
            Self::KeyUnavailable => "key-unavailable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

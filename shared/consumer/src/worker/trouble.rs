//! What a worker tells of.

use std::fmt;
use std::time::Duration;

use crate::received::ReceiveError;

/// Something that did not go as it should. A worker goes on after each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// No messages could be received. The worker tries again after the pause.
    NotReceived {
        /// The queue's error code, where it gave one.
        code: Option<String>,
        /// How long it waits.
        pause: Duration,
    },
    /// A message is no event. It goes to the dead-letter queue after the queue's `maxReceiveCount`.
    NotAnEvent {
        /// The message.
        message_id: Option<String>,
        /// Why not.
        error: ReceiveError,
    },
    /// The handler failed. The message, and on a FIFO queue all later ones of its group, come again.
    NotHandled {
        /// The event's id.
        event_id: String,
        /// The event's type.
        event_type: String,
        /// The handler's error as a text.
        error: String,
        /// How long the message stays invisible.
        retry_after: Duration,
    },
    /// A message could not be kept invisible, so another receiver may have it: its handler was dropped, and its group
    /// stopped. Or the worker had to end before the handler did, and the message was given back.
    Dropped {
        /// The event's id.
        event_id: String,
    },
    /// A message that was handled could not be deleted: it comes again, as a duplicate.
    NotDeleted {
        /// The queue's error code, where it gave one.
        code: Option<String>,
    },
    /// A message could not be given back: it comes again when it becomes visible by itself.
    NotGivenBack,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = |f: &mut fmt::Formatter<'_>, text: &str, code: &Option<String>| match code {
            Some(code) => write!(f, "{text}: the queue answered {code}"),
            None => write!(f, "{text}: the queue could not be asked"),
        };
        match self {
            Self::NotReceived { code, .. } => coded(f, "no messages could be received", code),
            Self::NotAnEvent { error, .. } => write!(f, "a message is no event: {error}"),
            Self::NotHandled {
                event_id,
                event_type,
                error,
                ..
            } => write!(
                f,
                "event {event_id}, a {event_type}, could not be handled: {error}"
            ),
            Self::Dropped { event_id } => write!(f, "the handler of event {event_id} was dropped"),
            Self::NotDeleted { code } => coded(f, "a message that was handled could not be deleted", code),
            Self::NotGivenBack => f.write_str("a message could not be given back before its time"),
        }
    }
}

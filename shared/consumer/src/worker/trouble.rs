//! The troubles that a worker reports.

use std::fmt;
use std::time::Duration;

use crate::received::ReceiveError;

/// Something that went wrong. The worker continues after each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// A call to receive messages failed. The worker tries again after the pause.
    NotReceived {
        /// The queue's error code, if it sent one.
        code: Option<String>,
        /// How long the worker waits before the next call.
        pause: Duration,
    },
    /// A message is not an event. SQS moves it to the dead-letter queue after `maxReceiveCount` deliveries.
    NotAnEvent {
        /// The id of the message.
        message_id: Option<String>,
        /// Why it is not an event.
        error: ReceiveError,
    },
    /// The handler failed. The message is delivered again, and on a FIFO queue all later ones of its group.
    NotHandled {
        /// The event's id.
        event_id: String,
        /// The event's type.
        event_type: String,
        /// The text of the handler's error.
        error: String,
        /// How long the message stays invisible.
        retry_after: Duration,
    },
    /// A handler was dropped before it finished. Either its message could not be kept invisible, so that another receiver
    /// may have it; or the grace period of a shutdown ended, and the message was returned to the queue.
    Dropped {
        /// The event's id.
        event_id: String,
    },
    /// A handled message could not be deleted: it is delivered again, as a duplicate.
    NotDeleted {
        /// The queue's error code, if it sent one.
        code: Option<String>,
    },
    /// A message could not be returned to the queue: it is delivered again when its visibility timeout ends.
    NotGivenBack,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = |f: &mut fmt::Formatter<'_>, text: &str, code: &Option<String>| match code {
            Some(code) => write!(f, "{text}: the queue answered {code}"),
            None => write!(f, "{text}: the queue could not be reached"),
        };
        match self {
            Self::NotReceived { code, .. } => coded(f, "messages could not be received", code),
            Self::NotAnEvent { error, .. } => write!(f, "a message is not an event: {error}"),
            Self::NotHandled {
                event_id,
                event_type,
                error,
                ..
            } => write!(
                f,
                "the handler of event {event_id} ({event_type}) failed: {error}"
            ),
            Self::Dropped { event_id } => write!(f, "the handler of event {event_id} was dropped"),
            Self::NotDeleted { code } => coded(f, "a handled message could not be deleted", code),
            Self::NotGivenBack => f.write_str("a message could not be returned to the queue"),
        }
    }
}

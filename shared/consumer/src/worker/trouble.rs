//! The troubles that a worker reports.

use std::fmt;
use std::time::Duration;

use crate::failure::Failure;
use crate::log::Names;

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
    /// A message was set aside: the dead-letter queue has it.
    SetAside {
        /// The id of the message.
        message_id: Option<String>,
        /// The event's id. `None` if the message is not an event.
        event_id: Option<String>,
        /// Why the message was set aside.
        reason: &'static str,
        /// The text of the failure.
        error: String,
    },
    /// A message should be set aside, and the dead-letter queue did not accept it. The message is delivered again, and SQS
    /// moves it there after `maxReceiveCount` deliveries.
    NotAccepted {
        /// The id of the message.
        message_id: Option<String>,
        /// Why the message should be set aside.
        reason: &'static str,
        /// The queue's error code, if it sent one; `NoDeadLetterQueue` if none is configured.
        code: Option<String>,
    },
    /// The event was not handled. The message is delivered again, and on a FIFO queue all later ones of its group.
    NotHandled {
        /// The event's id.
        event_id: String,
        /// The event's type.
        event_type: String,
        /// The name of the fault.
        reason: &'static str,
        /// The text of the failure.
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

impl Trouble {
    pub(super) fn set_aside(names: Names, failure: &Failure) -> Self {
        Self::SetAside {
            message_id: names.message_id,
            event_id: names.event_id,
            reason: failure.reason(),
            error: failure.to_string(),
        }
    }

    pub(super) fn not_accepted(names: Names, failure: &Failure, code: Option<String>) -> Self {
        Self::NotAccepted {
            message_id: names.message_id,
            reason: failure.reason(),
            code,
        }
    }

    pub(super) fn not_handled(names: Names, failure: &Failure, retry_after: Duration) -> Self {
        Self::NotHandled {
            event_id: names.event_id.unwrap_or_default(),
            event_type: names.event_type.unwrap_or_default(),
            reason: failure.reason(),
            error: failure.to_string(),
            retry_after,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = |f: &mut fmt::Formatter<'_>, text: &str, code: &Option<String>| match code {
            Some(code) => write!(f, "{text}: the queue answered {code}"),
            None => write!(f, "{text}: the queue could not be reached"),
        };
        match self {
            Self::NotReceived { code, .. } => coded(f, "messages could not be received", code),
            Self::SetAside { reason, error, .. } => {
                write!(f, "a message was set aside ({reason}): {error}")
            }
            Self::NotAccepted { reason, code, .. } => {
                let text = format!("a message ({reason}) could not be sent to the dead-letter queue");
                coded(f, &text, code)
            }
            Self::NotHandled {
                event_id,
                event_type,
                error,
                ..
            } => write!(f, "event {event_id} ({event_type}) was not handled: {error}"),
            Self::Dropped { event_id } => write!(f, "the handler of event {event_id} was dropped"),
            Self::NotDeleted { code } => coded(f, "a handled message could not be deleted", code),
            Self::NotGivenBack => f.write_str("a message could not be returned to the queue"),
        }
    }
}

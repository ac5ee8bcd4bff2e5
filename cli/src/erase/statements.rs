//! What a certificate says of every erasure: what becomes unreadable, and what is not reached.

use schemars::JsonSchema;
use serde::Serialize;

/// Copies that nobody can read any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unreadable {
    /// Which copies.
    pub(super) copies: &'static str,
    /// Why.
    pub(super) reason: &'static str,
}

/// Data that was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotReached {
    /// Which data.
    pub(super) what: &'static str,
    /// Whose duty it is.
    pub(super) duty: &'static str,
}

/// By construction: whatever was encrypted with the person's key.
pub(super) const UNREADABLE: [Unreadable; 3] = [
    Unreadable {
        copies: "events in queues and dead-letter queues of subscribers, in every account",
        reason: "their data classes need the key that was deleted",
    },
    Unreadable {
        copies: "events in the archives of the topics, also when they are replayed",
        reason: "their data classes need the key that was deleted",
    },
    Unreadable {
        copies: "saved messages, copies of them and backups of them, wherever they are",
        reason: "their data classes need the key that was deleted",
    },
];

/// What an erasure does not reach, and whose duty that is.
pub(super) const NOT_REACHED: [NotReached; 7] = [
    NotReached {
        what: "the fields of events that are not encrypted: the id of the user, statuses, reasons and times, also where \
               the person is named as the one who made a change",
        duty: "each holder of a copy: the publisher until queues and archives forget it, the subscriber for its own",
    },
    NotReached {
        what: "what subscribers made of the events: their databases, logs, e-mails, exports",
        duty: "each subscriber, which is told by UserErasedEventV1",
    },
    NotReached {
        what: "the rows of the person in the user tables, their streams and their backups",
        duty: "the service that owns the tables",
    },
    NotReached {
        what: "events that were published before SubjectKeys was switched on",
        duty: "the publisher: they can be opened until queues and archives forget them; each subscriber for its own copies",
    },
    NotReached {
        what: "failed log-ins of an unknown user, if the person was the one who tried: nothing links them to the person",
        duty: "the publisher: queues, archives and the failure bucket forget them",
    },
    NotReached {
        what: "logs and traces of the services that wrote or read the rows; the logs of this publisher hold no values",
        duty: "each service that writes them",
    },
    NotReached {
        what: "the pseudonym of the person in the table of keys and in the ledger, which keep the erasure in force",
        duty: "the publisher: they stay",
    },
];

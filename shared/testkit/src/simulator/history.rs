//! The history of a run: everything that was delivered, sent, taken, answered, parked and given up, in order of time.

use std::sync::Arc;
use std::time::Duration;

use user_events_core::SubjectKey;

use super::fault::Fault;

/// A record of the stream, and its expected outcome. That follows from how the record was made, not from the code under
/// test.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The record's JSON, as the stream delivers it and as the parked queue must hold it.
    pub raw: String,
    /// Its sequence number in the stream.
    pub sequence_number: String,
    /// When it was written to the stream.
    pub arrival: Duration,
    /// A description of the record for people.
    pub about: String,
    /// The lane (message group) in which it is ordered; `None` if the record does not show its subject.
    pub lane: Option<String>,
    /// The `partitionkey` that its events must carry; `None` if the record does not show its subject.
    pub group: Option<String>,
    /// The events that it must cause, in order.
    pub events: Vec<Expected>,
    /// Whether no retry can publish it, so that it must be parked.
    pub parks: bool,
}

/// An event that a record must cause.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The event's id.
    pub id: String,
    /// Its type on the wire.
    pub event_type: &'static str,
    /// Whether it has a class that is sealed with a data key.
    pub sealed: bool,
}

/// Something that happened, and when.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The virtual time since the start of the run.
    pub at: Duration,
    /// What happened.
    pub what: Happening,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A process was invoked with these records.
    Invoked {
        /// The process.
        process: u64,
        /// The places of the records.
        records: Vec<usize>,
    },
    /// An invocation ended.
    Ended {
        /// The process.
        process: u64,
        /// How it ended.
        end: End,
    },
    /// A process called the topic with these events.
    Sent {
        /// The number of the call.
        call: u64,
        /// The process.
        process: u64,
        /// The ids of the events.
        ids: Vec<String>,
    },
    /// The topic took an event.
    Taken {
        /// The number of the call.
        call: u64,
        /// The event's id.
        id: String,
        /// The event's body.
        body: String,
        /// Whether it carries the `replay` message attribute.
        replay: bool,
    },
    /// A call to the topic ended: with an answer, an error or the client's time limit.
    Returned {
        /// The number of the call.
        call: u64,
        /// The process.
        process: u64,
    },
    /// A process learned that the topic took these events.
    Told {
        /// The number of the call.
        call: u64,
        /// The process.
        process: u64,
        /// The ids of the events.
        ids: Vec<String>,
    },
    /// The parked queue (the parking-lot queue) took a message.
    Parked {
        /// The process that sent it.
        process: u64,
        /// The message.
        message: String,
    },
    /// The bucket of failures took a record that is too large for the parked queue.
    Stored {
        /// The process that wrote it.
        process: u64,
        /// The object.
        object: String,
    },
    /// A process learned that the record is parked or stored.
    ParkedTold {
        /// The process.
        process: u64,
        /// The record's JSON.
        raw: String,
    },
    /// The event source mapping gave up these records and wrote them whole to its `OnFailure` destination.
    OnFailure {
        /// The places of the records.
        records: Vec<usize>,
    },
    /// A row of the table of persons' keys was written or removed.
    PersonsKey {
        /// The name of the row.
        name: String,
        /// The key that it holds now, if it holds one.
        key: Option<Arc<SubjectKey>>,
    },
    /// A person was erased.
    Erased {
        /// The name of the person's row.
        name: String,
    },
    /// A fault struck.
    Struck {
        /// The kind of fault.
        fault: Fault,
        /// Its number in the plan.
        number: u64,
    },
    /// The run was stopped while records were still delivered again and again.
    StillUnsettled,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The function answered.
    Answered(serde_json::Value),
    /// The function reported an error.
    Errored,
    /// The function answered, but the answer did not reach Lambda.
    AnswerLost,
    /// The process was killed.
    Crashed,
    /// The process hung until Lambda ended it.
    Froze,
    /// The function worked past its deadline, until Lambda ended it.
    Overran,
}

//! The history of a run: what was delivered, sent, taken, told, parked and given up, in the order in which it happened.

use std::time::Duration;

use super::plan::Fault;

/// A record of the stream, with what must become of it. It is known from how the record was made, not from the code
/// under test.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The record's JSON, as it is delivered and must be parked.
    pub raw: String,
    /// Its sequence number in the stream.
    pub sequence_number: String,
    /// When it was written to the stream.
    pub arrival: Duration,
    /// What the record is about, for people.
    pub about: String,
    /// The lane that it has its order in; `None` where the record does not tell whose it is.
    pub lane: Option<String>,
    /// The events that it is, in order.
    pub events: Vec<Expected>,
    /// No retry can publish it: it must be parked.
    pub parks: bool,
}

/// An event that a record must become.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The event's id.
    pub id: String,
    /// Its type on the wire.
    pub event_type: &'static str,
}

/// One thing that happened, and when in virtual time.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Since the start of the run.
    pub at: Duration,
    /// What.
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
    /// An invocation came to its end.
    Ended {
        /// The process.
        process: u64,
        /// How.
        end: End,
    },
    /// A process sent a call with these events to the topic.
    Sent {
        /// The call.
        call: u64,
        /// The process.
        process: u64,
        /// The ids of the events.
        ids: Vec<String>,
    },
    /// The topic took an event.
    Taken {
        /// The call.
        call: u64,
        /// The event's id.
        id: String,
        /// The event's body.
        body: String,
    },
    /// A process was told that the topic took these events.
    Told {
        /// The call.
        call: u64,
        /// The process.
        process: u64,
        /// The ids of the events.
        ids: Vec<String>,
    },
    /// The parked queue took a message.
    Parked {
        /// The message.
        message: String,
    },
    /// A process was told that the record is parked.
    ParkedTold {
        /// The record's JSON.
        raw: String,
    },
    /// The mapping gave these records up and wrote them whole to `OnFailure`.
    OnFailure {
        /// The places of the records.
        records: Vec<usize>,
    },
    /// A fault struck.
    Struck {
        /// Which.
        fault: Fault,
        /// Its number in the plan.
        number: u64,
    },
    /// The run was ended while records were still delivered again and again.
    StillUnsettled,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The function answered.
    Answered(serde_json::Value),
    /// The function reported an error.
    Errored,
    /// The function answered and Lambda did not hear it.
    AnswerLost,
    /// The process was killed.
    Crashed,
    /// The process stood still until Lambda ended it.
    Froze,
    /// The function worked past its deadline, until Lambda ended it.
    Overran,
}

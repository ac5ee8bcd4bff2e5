//! The kinds of faults, and the services that they belong to.

use std::fmt;

/// A temporary fault: a retry may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The topic throttles a call.
    Throttled,
    /// The topic answers a call with HTTP 500.
    ServerError,
    /// The connection breaks before the topic has read the call.
    Reset,
    /// The topic takes the call, and the connection breaks before its answer.
    TakenThenDisconnected,
    /// The topic takes the call and answers after seconds, sometimes after the client's timeout.
    SlowAnswer,
    /// The topic never answers; it may have taken the call.
    NoAnswer,
    /// The topic refuses one entry, and not as the sender's fault.
    EntryRefused,
    /// The answer does not mention one entry, which the topic took.
    EntryMissingTaken,
    /// The answer does not mention one entry, which the topic did not take.
    EntryMissing,
    /// KMS denies a data key.
    KeyDenied,
    /// KMS answers after seconds.
    KeySlow,
    /// KMS never answers.
    KeyNoAnswer,
    /// The parked queue (the parking-lot queue) refuses a record.
    ParkingRefused,
    /// The parked queue takes a record, and the connection breaks before its answer.
    ParkingDisconnected,
    /// The parked queue never answers.
    ParkingNoAnswer,
    /// The topic is down for a while.
    TopicOutage,
    /// KMS is down for a while.
    KeyOutage,
    /// The parked queue is down for a while.
    ParkingOutage,
    /// The process dies in the middle of an invocation.
    Crash,
    /// The process hangs until Lambda ends it.
    Timeout,
    /// The invocation's answer does not reach Lambda.
    AnswerLost,
    /// Lambda replaces a process between two invocations.
    NewInstance,
    /// KMS throttles every call for a while.
    KeyThrottling,
    /// KMS answers no call for a while.
    KeySilence,
    /// The parked queue throttles every call for a while.
    ParkingThrottling,
    /// The parked queue answers no call for a while.
    ParkingSilence,
    /// A batch holds a record twice.
    RecordTwice,
    /// The table of persons' keys refuses a request.
    TableFails,
    /// The table of persons' keys never answers; it may have created the key.
    TableNoAnswer,
    /// The table of persons' keys creates a key, and the connection breaks before its answer.
    TableDisconnects,
    /// The table of persons' keys answers after seconds.
    TableSlow,
    /// A read of the table of persons' keys does not see the last write.
    TableStale,
    /// The table of persons' keys is down for a while.
    TableOutage,
    /// The table of persons' keys throttles every request for a while.
    TableThrottling,
    /// The table of persons' keys answers no request for a while.
    TableSilence,
}

/// A service that a function calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// SNS
    Topic,
    /// KMS
    Keys,
    /// SQS
    Parking,
    /// DynamoDB, with the table of persons' keys
    SubjectKeys,
}

/// How a service behaves while it is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It refuses every call at once: KMS and SQS with `AccessDenied`, SNS with `ServiceUnavailable`.
    Refuses,
    /// It throttles every call.
    Throttles,
    /// It answers no call.
    Silent,
}

impl Service {
    /// The fault of a call in an outage of this manner.
    pub(super) fn fault(self, manner: Manner) -> Fault {
        match (self, manner) {
            (Self::Topic, _) => Fault::TopicOutage,
            (Self::Keys, Manner::Refuses) => Fault::KeyOutage,
            (Self::Keys, Manner::Throttles) => Fault::KeyThrottling,
            (Self::Keys, Manner::Silent) => Fault::KeySilence,
            (Self::Parking, Manner::Refuses) => Fault::ParkingOutage,
            (Self::Parking, Manner::Throttles) => Fault::ParkingThrottling,
            (Self::Parking, Manner::Silent) => Fault::ParkingSilence,
            (Self::SubjectKeys, Manner::Refuses) => Fault::TableOutage,
            (Self::SubjectKeys, Manner::Throttles) => Fault::TableThrottling,
            (Self::SubjectKeys, Manner::Silent) => Fault::TableSilence,
        }
    }
}

impl Fault {
    /// The service that the fault belongs to; `None` for the faults of processes and of the stream.
    pub fn service(self) -> Option<Service> {
        match self {
            Self::KeyDenied
            | Self::KeySlow
            | Self::KeyNoAnswer
            | Self::KeyOutage
            | Self::KeyThrottling
            | Self::KeySilence => Some(Service::Keys),
            Self::ParkingRefused
            | Self::ParkingDisconnected
            | Self::ParkingNoAnswer
            | Self::ParkingOutage
            | Self::ParkingThrottling
            | Self::ParkingSilence => Some(Service::Parking),
            Self::TableFails
            | Self::TableNoAnswer
            | Self::TableDisconnects
            | Self::TableSlow
            | Self::TableStale
            | Self::TableOutage
            | Self::TableThrottling
            | Self::TableSilence => Some(Service::SubjectKeys),
            Self::Crash | Self::Timeout | Self::AnswerLost | Self::NewInstance | Self::RecordTwice => None,
            _ => Some(Service::Topic),
        }
    }

    /// Every fault of the table of persons' keys, in the order of the report.
    pub const OF_PERSONS: [Self; 8] = [
        Self::TableFails,
        Self::TableNoAnswer,
        Self::TableDisconnects,
        Self::TableSlow,
        Self::TableStale,
        Self::TableOutage,
        Self::TableThrottling,
        Self::TableSilence,
    ];

    /// Every other fault, in the order of the report.
    pub const ALL: [Self; 27] = [
        Self::Throttled,
        Self::ServerError,
        Self::Reset,
        Self::TakenThenDisconnected,
        Self::SlowAnswer,
        Self::NoAnswer,
        Self::EntryRefused,
        Self::EntryMissingTaken,
        Self::EntryMissing,
        Self::KeyDenied,
        Self::KeySlow,
        Self::KeyNoAnswer,
        Self::ParkingRefused,
        Self::ParkingDisconnected,
        Self::ParkingNoAnswer,
        Self::TopicOutage,
        Self::KeyOutage,
        Self::KeyThrottling,
        Self::KeySilence,
        Self::ParkingOutage,
        Self::ParkingThrottling,
        Self::ParkingSilence,
        Self::RecordTwice,
        Self::Crash,
        Self::Timeout,
        Self::AnswerLost,
        Self::NewInstance,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Throttled => "SNS throttles a call",
            Self::ServerError => "SNS answers 500",
            Self::Reset => "SNS resets the connection",
            Self::TakenThenDisconnected => "SNS accepts, then disconnects",
            Self::SlowAnswer => "SNS answers slowly or too late",
            Self::NoAnswer => "SNS never answers",
            Self::EntryRefused => "SNS refuses an entry (SenderFault false)",
            Self::EntryMissingTaken => "SNS accepts an entry and does not say so",
            Self::EntryMissing => "SNS leaves an entry out",
            Self::KeyDenied => "KMS denies a key",
            Self::KeySlow => "KMS answers slowly",
            Self::KeyNoAnswer => "KMS never answers",
            Self::ParkingRefused => "SQS refuses a record",
            Self::ParkingDisconnected => "SQS takes a record, then disconnects",
            Self::ParkingNoAnswer => "SQS never answers",
            Self::TopicOutage => "call in an outage of SNS",
            Self::KeyOutage => "call while KMS refuses",
            Self::KeyThrottling => "call while KMS throttles",
            Self::KeySilence => "call while KMS is silent",
            Self::ParkingOutage => "call while SQS refuses",
            Self::ParkingThrottling => "call while SQS throttles",
            Self::ParkingSilence => "call while SQS is silent",
            Self::TableFails => "DynamoDB refuses a request",
            Self::TableNoAnswer => "DynamoDB never answers",
            Self::TableDisconnects => "DynamoDB creates a key, then disconnects",
            Self::TableSlow => "DynamoDB answers slowly",
            Self::TableStale => "DynamoDB reads what was before",
            Self::TableOutage => "request while DynamoDB refuses",
            Self::TableThrottling => "request while DynamoDB throttles",
            Self::TableSilence => "request while DynamoDB is silent",
            Self::RecordTwice => "record twice in a batch",
            Self::Crash => "process killed in an invocation",
            Self::Timeout => "invocation times out",
            Self::AnswerLost => "invocation's answer lost",
            Self::NewInstance => "process replaced between invocations",
        })
    }
}

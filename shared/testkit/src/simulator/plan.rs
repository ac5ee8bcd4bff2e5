//! The fault plan: which faults are injected, how often, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::random::mix;

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

/// A period in which a service takes no call.
#[derive(Debug, Clone)]
pub struct Outage {
    /// The service.
    pub service: Service,
    /// How it behaves.
    pub manner: Manner,
    /// Its start, in virtual time.
    pub from: Duration,
    /// Its end, in virtual time.
    pub until: Duration,
}

/// The faults of a run. Whether a fault strikes depends on its target and not on the order of events, so that a smaller
/// run meets the same faults.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// The seed of all decisions.
    pub seed: u64,
    /// How often each fault strikes in a thousand tries.
    pub per_mille: BTreeMap<Fault, u64>,
    /// The outages.
    pub outages: Vec<Outage>,
    /// Faults that would strike but do not, because shrinking has removed them.
    pub muted: BTreeSet<u64>,
    /// About how long a slow answer takes at most.
    pub slowest: Duration,
    /// How long the topic takes for every call that is not slow; `None` for 2 to 40 ms.
    pub call_time: Option<Duration>,
    /// When the faults end. After that every record must be acknowledged or given up.
    pub until: Duration,
}

impl FaultPlan {
    /// The number of the fault; `None` if it does not strike this target now.
    pub(super) fn strikes(&self, fault: Fault, target: u64, now: Duration) -> Option<u64> {
        let rate = self.per_mille.get(&fault).copied().unwrap_or_default();
        let number = mix(&[self.seed, fault as u64, target]);
        let strikes = now < self.until && number % 1_000 < rate && !self.muted.contains(&number);
        strikes.then_some(number)
    }

    /// The outage of a service, and its number; `None` if the service is up.
    pub(super) fn outage(&self, service: Service, now: Duration) -> Option<(Manner, u64)> {
        let hit = |outage: &&Outage| outage.service == service && outage.from <= now && now < outage.until;
        let (place, outage) = self.outages.iter().enumerate().find(|(_, outage)| hit(outage))?;
        let number = mix(&[self.seed, 1_000, place as u64]);
        (!self.muted.contains(&number)).then_some((outage.manner, number))
    }
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
            Self::Crash | Self::Timeout | Self::AnswerLost | Self::NewInstance | Self::RecordTwice => None,
            _ => Some(Service::Topic),
        }
    }

    /// Every fault, in the order of the report.
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
            Self::RecordTwice => "record twice in a batch",
            Self::Crash => "process killed in an invocation",
            Self::Timeout => "invocation times out",
            Self::AnswerLost => "invocation's answer lost",
            Self::NewInstance => "process replaced between invocations",
        })
    }
}

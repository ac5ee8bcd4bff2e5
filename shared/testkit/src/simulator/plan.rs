//! The fault plan: which faults are injected, how often, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::random::mix;

/// A fault that passes: the same thing tried again may go well.
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
    /// The topic takes the call and answers after seconds, or too late.
    SlowAnswer,
    /// The topic never answers, whether it took the call or not.
    NoAnswer,
    /// The topic refuses one entry, not as the sender's fault.
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
    /// The parked queue refuses a record.
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
    /// The process stands still until Lambda ends it.
    Timeout,
    /// The invocation's answer does not reach Lambda.
    AnswerLost,
    /// Lambda replaces a process between two invocations.
    NewInstance,
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

/// A time in which a service refuses every call.
#[derive(Debug, Clone)]
pub struct Outage {
    /// Which service.
    pub service: Service,
    /// From when, in virtual time.
    pub from: Duration,
    /// Until when.
    pub until: Duration,
}

/// The faults of a run. Whether one strikes is decided by what it would strike and not by the order of events, so
/// that a smaller run meets the same faults.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// What all decisions are made of.
    pub seed: u64,
    /// How many times out of a thousand each fault strikes.
    pub per_mille: BTreeMap<Fault, u64>,
    /// The outages.
    pub outages: Vec<Outage>,
    /// Faults that do not strike although they would: what shrinking has taken away.
    pub muted: BTreeSet<u64>,
    /// How long a slow answer takes at most, about.
    pub slowest: Duration,
    /// When the faults end; after that everything must be settled.
    pub until: Duration,
}

impl FaultPlan {
    /// The number of the fault, if it strikes this target now.
    pub(super) fn strikes(&self, fault: Fault, target: u64, now: Duration) -> Option<u64> {
        let rate = self.per_mille.get(&fault).copied().unwrap_or_default();
        let number = mix(&[self.seed, fault as u64, target]);
        let strikes = now < self.until && number % 1_000 < rate && !self.muted.contains(&number);
        strikes.then_some(number)
    }

    /// The number of the outage that a service is in now.
    pub(super) fn outage(&self, service: Service, now: Duration) -> Option<u64> {
        let hit = |outage: &Outage| outage.service == service && outage.from <= now && now < outage.until;
        let place = self.outages.iter().position(hit)?;
        let number = mix(&[self.seed, 1_000, place as u64]);
        (!self.muted.contains(&number)).then_some(number)
    }
}

impl Fault {
    /// Every fault, in the order of the report.
    pub const ALL: [Self; 22] = [
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
        Self::ParkingOutage,
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
            Self::KeyOutage => "call in an outage of KMS",
            Self::ParkingOutage => "call in an outage of SQS",
            Self::Crash => "process killed in an invocation",
            Self::Timeout => "invocation times out",
            Self::AnswerLost => "invocation's answer lost",
            Self::NewInstance => "process replaced between invocations",
        })
    }
}

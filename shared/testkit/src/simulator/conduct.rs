//! How the services behave under the fault plan, in the simulation and in the stub on loopback.

use std::time::Duration;

use super::fault::{Fault, Manner, Service};
use super::scenario::Verdict;
use super::world::World;
use crate::random::{mix, number_of};

/// How the topic treats a call.
pub(crate) struct Treatment {
    /// How long the call takes to reach the topic.
    pub(crate) way: Duration,
    /// Whether the topic takes each entry.
    pub(crate) taken: Vec<bool>,
    /// The answer that the process receives, and after which time; `None` if it receives none.
    pub(crate) answer: Option<(Duration, TopicAnswer)>,
    /// Whether the answer is slower than the network explains.
    pub(crate) slow: bool,
}

/// The answer to a call.
pub(crate) enum TopicAnswer {
    /// An error of the whole call, with its error code; `None` if the connection breaks.
    Error(Option<&'static str>),
    /// An answer for every entry.
    Entries(Vec<Said>),
}

/// The answer for one entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Accepted,
    Failed { sender_fault: bool },
    Nothing,
}

/// How KMS treats a request for a key.
pub(crate) enum KeyConduct {
    /// It generates a key after this time.
    Gives(Duration),
    /// It denies the request.
    Denies,
    /// It throttles the request.
    Throttles,
    /// It never answers.
    IsSilent,
}

/// How the parked queue (the parking-lot queue) treats a record.
pub(crate) struct ParkingConduct {
    /// Whether the queue takes the record.
    pub(crate) takes: bool,
    /// The answer that the process receives.
    pub(crate) answer: ParkingAnswer,
}

/// The answer to parking a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParkingAnswer {
    /// The record is parked.
    Done,
    /// The queue denies the request.
    Denies,
    /// The queue throttles the request.
    Throttles,
    /// The queue is down.
    IsDown,
    /// The connection breaks.
    Breaks,
    /// No answer arrives.
    Silence,
}

impl World {
    /// How the topic treats one more call with these events.
    pub(crate) fn treatment(&self, ids: &[String]) -> Treatment {
        let first = ids.first().map(|id| number_of(id)).unwrap_or_default();
        let target = self.attempt(first);
        let strikes = |fault| self.strikes(fault, target);
        let (way, soon) = match self.call_time() {
            Some(time) => (time / 2, time),
            None => {
                let way = Duration::from_millis(1 + target % 20);
                (way, way + Duration::from_millis(1 + target / 20 % 20))
            }
        };
        let verdicts: Vec<_> = ids.iter().map(|id| self.verdict(id)).collect();
        let takes: Vec<_> = verdicts.iter().map(Option::is_none).collect();
        let nothing = vec![false; ids.len()];
        let refused = |code| (nothing.clone(), Some((soon, TopicAnswer::Error(code))));
        let mut slow = false;
        let (taken, answer) = if let Some(manner) = self.outage(Service::Topic) {
            match manner {
                Manner::Refuses => refused(Some("ServiceUnavailable")),
                Manner::Throttles => refused(Some("Throttled")),
                Manner::Silent => (nothing, None),
            }
        } else if verdicts.contains(&Some(Verdict::SpoilsItsCall)) {
            refused(Some("InvalidParameter"))
        } else if strikes(Fault::Throttled) {
            refused(Some("Throttled"))
        } else if strikes(Fault::ServerError) {
            refused(Some("InternalError"))
        } else if strikes(Fault::Reset) {
            refused(None)
        } else if strikes(Fault::TakenThenDisconnected) {
            (takes, Some((soon, TopicAnswer::Error(None))))
        } else if strikes(Fault::NoAnswer) {
            (if target & 1 == 0 { takes } else { nothing }, None)
        } else {
            slow = strikes(Fault::SlowAnswer);
            let after = if slow { self.slow(target) } else { soon };
            let (taken, said) = self.entries(ids, &verdicts);
            (taken, Some((after, TopicAnswer::Entries(said))))
        };
        Treatment {
            way,
            taken,
            answer,
            slow,
        }
    }

    fn entries(&self, ids: &[String], verdicts: &[Option<Verdict>]) -> (Vec<bool>, Vec<Said>) {
        let entry = |(id, verdict): (&String, &Option<Verdict>)| {
            let target = self.attempt(mix(&[number_of(id), 1]));
            if verdict.is_some() {
                (false, Said::Failed { sender_fault: true })
            } else if self.strikes(Fault::EntryRefused, target) {
                (false, Said::Failed { sender_fault: false })
            } else if self.strikes(Fault::EntryMissing, target) {
                (false, Said::Nothing)
            } else if self.strikes(Fault::EntryMissingTaken, target) {
                (true, Said::Nothing)
            } else {
                (true, Said::Accepted)
            }
        };
        ids.iter().zip(verdicts).map(entry).unzip()
    }

    /// How KMS treats one more request for a key of the class.
    pub(crate) fn key_conduct(&self, class: &str) -> (KeyConduct, u64) {
        let target = self.attempt(number_of(class));
        let conduct = if let Some(manner) = self.outage(Service::Keys) {
            match manner {
                Manner::Refuses => KeyConduct::Denies,
                Manner::Throttles => KeyConduct::Throttles,
                Manner::Silent => KeyConduct::IsSilent,
            }
        } else if self.strikes(Fault::KeyDenied, target) {
            KeyConduct::Denies
        } else if self.strikes(Fault::KeyNoAnswer, target) {
            KeyConduct::IsSilent
        } else if self.strikes(Fault::KeySlow, target) {
            KeyConduct::Gives(self.slow(target))
        } else {
            KeyConduct::Gives(Duration::ZERO)
        };
        (conduct, target)
    }

    /// How the parked queue treats one more try to park a record.
    pub(crate) fn parking_conduct(&self, what: &str) -> ParkingConduct {
        let target = self.attempt(number_of(what));
        let (takes, answer) = if let Some(manner) = self.outage(Service::Parking) {
            let answer = match manner {
                Manner::Refuses => ParkingAnswer::Denies,
                Manner::Throttles => ParkingAnswer::Throttles,
                Manner::Silent => ParkingAnswer::Silence,
            };
            (false, answer)
        } else if self.strikes(Fault::ParkingRefused, target) {
            (false, ParkingAnswer::IsDown)
        } else if self.strikes(Fault::ParkingNoAnswer, target) {
            (target & 1 == 0, ParkingAnswer::Silence)
        } else if self.strikes(Fault::ParkingDisconnected, target) {
            (true, ParkingAnswer::Breaks)
        } else {
            (true, ParkingAnswer::Done)
        };
        ParkingConduct { takes, answer }
    }
}

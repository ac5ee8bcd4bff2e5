//! How the services behave under the plan: one and the same for the simulation and for the stub on loopback.

use std::time::Duration;

use super::plan::{Fault, Service};
use super::random::{mix, number_of};
use super::scenario::Verdict;
use super::world::World;

/// How the topic treats a call.
pub(crate) struct Treatment {
    /// How long the call travels to the topic.
    pub(crate) way: Duration,
    /// Which of the entries the topic takes.
    pub(crate) taken: Vec<bool>,
    /// What the process hears, and after how long; `None` is nothing at all.
    pub(crate) answer: Option<(Duration, Answer)>,
    /// The answer is slower than the way explains.
    pub(crate) slow: bool,
}

/// What a process hears of a call.
pub(crate) enum Answer {
    /// An error of the whole call, with the code that the service gave it.
    Error(Option<&'static str>),
    /// An answer, entry by entry.
    Entries(Vec<Said>),
}

/// What the answer says of one entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Accepted,
    Failed { sender_fault: bool },
    Nothing,
}

/// What KMS does when it is asked for a key.
pub(crate) enum KeyConduct {
    /// It gives one after so long.
    Gives(Duration),
    /// It denies it.
    Denies,
    /// It cannot be had.
    IsDown,
    /// It never answers.
    IsSilent,
}

/// What the parked queue does with a record.
pub(crate) struct ParkingConduct {
    /// It takes the record.
    pub(crate) takes: bool,
    /// What the process hears.
    pub(crate) answer: ParkingAnswer,
}

/// What a process hears of a parking.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParkingAnswer {
    /// The record is parked.
    Done,
    /// The queue cannot be had.
    IsDown,
    /// The connection breaks.
    Breaks,
    /// Nothing.
    Silence,
}

impl World {
    pub(crate) fn treatment(&self, ids: &[String]) -> Treatment {
        let first = ids.first().map(|id| number_of(id)).unwrap_or_default();
        let target = self.attempt(first);
        let strikes = |fault| self.strikes(fault, target);
        let way = Duration::from_millis(1 + target % 20);
        let soon = way + Duration::from_millis(1 + target / 20 % 20);
        let verdicts: Vec<_> = ids.iter().map(|id| self.verdict(id)).collect();
        let takes: Vec<_> = verdicts.iter().map(Option::is_none).collect();
        let nothing = vec![false; ids.len()];
        let refused = |code| (nothing.clone(), Some((soon, Answer::Error(code))));
        let mut slow = false;
        let (taken, answer) = if self.is_down(Service::Topic) {
            refused(Some("ServiceUnavailable"))
        } else if verdicts.contains(&Some(Verdict::SpoilsItsCall)) {
            refused(Some("InvalidParameter"))
        } else if strikes(Fault::Throttled) {
            refused(Some("Throttled"))
        } else if strikes(Fault::ServerError) {
            refused(Some("InternalError"))
        } else if strikes(Fault::Reset) {
            refused(None)
        } else if strikes(Fault::TakenThenDisconnected) {
            (takes, Some((soon, Answer::Error(None))))
        } else if strikes(Fault::NoAnswer) {
            (if target & 1 == 0 { takes } else { nothing }, None)
        } else {
            slow = strikes(Fault::SlowAnswer);
            let after = if slow { self.slow(target) } else { soon };
            let (taken, said) = self.entries(ids, &verdicts);
            (taken, Some((after, Answer::Entries(said))))
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

    /// How KMS treats one more request for a class's key.
    pub(crate) fn key_conduct(&self, class: &str) -> (KeyConduct, u64) {
        let target = self.attempt(number_of(class));
        let conduct = if self.is_down(Service::Keys) {
            KeyConduct::IsDown
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
        let (takes, answer) = if self.is_down(Service::Parking) || self.strikes(Fault::ParkingRefused, target)
        {
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

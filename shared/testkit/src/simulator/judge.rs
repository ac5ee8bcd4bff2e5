//! Judges a history: passes every moment to the oracle, then asks for its conclusion.

use std::time::Duration;

use super::history::{End, Happening, Moment, Truth};
use super::judgement::{Cause, Judgement};
use super::oracle::Oracle;
use super::violation::Breach;

/// Judges a history. Delays are judged only where `longest_delay` is given.
pub fn judge(truths: &[Truth], history: &[Moment], longest_delay: Option<Duration>) -> Judgement {
    let mut oracle = Oracle::new(truths);
    for moment in history {
        oracle.see(moment);
    }
    oracle.conclude(longest_delay)
}

impl Oracle<'_> {
    fn see(&mut self, moment: &Moment) {
        match &moment.what {
            Happening::Invoked { .. } => self.judgement.invocations += 1,
            Happening::Ended { process, end } => self.ended(*process, end),
            Happening::Sent { call, process, ids } => self.sent(*call, *process, ids),
            Happening::Taken { call, id, body } => self.taken(*call, id, body, moment.at),
            Happening::Told { call, process, ids } => {
                for place in ids.iter().filter_map(|id| self.by_id.get(id.as_str()).copied()) {
                    self.told.insert(place);
                    self.told_to.entry(place).or_default().insert(*process);
                    self.told_of_call.insert((*call, place));
                }
            }
            Happening::Parked { message } => self.parked(message),
            Happening::ParkedTold { raw } => self.parked_told.extend(self.by_raw.get(raw.as_str())),
            Happening::OnFailure { records } => self.given_up.extend(records),
            Happening::Struck { fault, .. } => *self.judgement.faults.entry(*fault).or_default() += 1,
            Happening::StillUnsettled => {
                self.breach(
                    Breach::NeverSettled,
                    "records were delivered again and again until the end",
                );
            }
        }
    }

    fn ended(&mut self, process: u64, end: &End) {
        match end {
            End::Answered(_) | End::Errored | End::AnswerLost => {}
            End::Crashed => drop(self.fate.insert(process, Cause::Crash)),
            End::Froze => drop(self.fate.insert(process, Cause::Timeout)),
            End::Overran => {
                self.fate.insert(process, Cause::Timeout);
                self.breach(
                    Breach::Overran,
                    format!("process {process} worked until Lambda ended it"),
                );
            }
        }
    }
}

//! Judges a history: passes every moment to the oracle, then asks for its conclusion.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::history::{End, Happening, Moment, Truth};
use super::judgement::{Cause, Judgement};
use super::oracle::Oracle;
use super::violation::Breach;

/// Judges a history. Delays are judged only where `longest_delay` is given.
pub fn judge(truths: &[Truth], history: &[Moment], longest_delay: Option<Duration>) -> Judgement {
    Oracle::new(truths).judge(history, longest_delay)
}

/// Judges a history that was recorded at the other end of a connection. An outcome that a process was told just before it
/// stopped early may not have reached it; so nobody accuses it of sending that event again.
pub fn judge_over_the_wire(truths: &[Truth], history: &[Moment]) -> Judgement {
    let mut oracle = Oracle::new(truths);
    oracle.on_the_wire = Some(HashMap::new());
    oracle.judge(history, None)
}

impl Oracle<'_> {
    fn judge(mut self, history: &[Moment], longest_delay: Option<Duration>) -> Judgement {
        for moment in history {
            self.see(moment);
        }
        self.conclude(longest_delay)
    }

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
                    if let Some(told) = &mut self.on_the_wire {
                        told.entry(*process).or_default().push((*call, place));
                    }
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
        self.forgive_what_was_on_the_wire(process, end);
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

    fn forgive_what_was_on_the_wire(&mut self, process: u64, end: &End) {
        let Some(told) = self.on_the_wire.as_mut().and_then(|told| told.remove(&process)) else {
            return;
        };
        let failures = match end {
            End::Answered(answer) => answer.get("batchItemFailures").and_then(Value::as_array),
            _ => None,
        };
        if failures.is_none_or(Vec::is_empty) {
            return;
        }
        for (call, place) in told {
            self.told_of_call.remove(&(call, place));
            if let Some(processes) = self.told_to.get_mut(&place) {
                processes.remove(&process);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulator::history::Expected;

    fn truth() -> Truth {
        let event = |id: &str| Expected {
            id: id.to_owned(),
            event_type: "UserEmailChangedEventV1",
        };
        Truth {
            raw: "{}".to_owned(),
            sequence_number: "1".to_owned(),
            arrival: Duration::ZERO,
            about: "a record".to_owned(),
            lane: Some("users/1".to_owned()),
            events: vec![event("first"), event("second")],
            parks: false,
        }
    }

    /// The first event is accepted and sent again in the next invocation; `between` happened after its acceptance.
    fn history(between: Vec<Happening>) -> Vec<Moment> {
        let ids = |id: &str| vec![id.to_owned()];
        let sent = |call, id| Happening::Sent {
            call,
            process: 1,
            ids: ids(id),
        };
        let told = Happening::Told {
            call: 1,
            process: 1,
            ids: ids("first"),
        };
        let stopped = Happening::Ended {
            process: 1,
            end: End::Answered(json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] })),
        };
        let mut happenings = vec![sent(1, "first"), told];
        happenings.extend(between);
        happenings.extend([stopped, sent(3, "first")]);
        let moment = |what| Moment {
            at: Duration::ZERO,
            what,
        };
        happenings.into_iter().map(moment).collect()
    }

    fn accused(judgement: &Judgement) -> bool {
        let breaches = judgement.violations.iter().map(ToString::to_string);
        breaches
            .into_iter()
            .any(|text| text.contains("duplicate of known outcome"))
    }

    #[test]
    fn an_outcome_that_may_still_be_on_the_wire_accuses_nobody() {
        let history = history(Vec::new());
        assert!(accused(&judge(&[truth()], &history, None)));
        assert!(!accused(&judge_over_the_wire(&[truth()], &history)));
    }

    #[test]
    fn a_process_that_went_on_after_it_was_told_is_accused_over_the_wire_too() {
        let went_on = Happening::Sent {
            call: 2,
            process: 1,
            ids: vec!["second".to_owned()],
        };
        assert!(accused(&judge_over_the_wire(&[truth()], &history(vec![went_on]))));
    }
}

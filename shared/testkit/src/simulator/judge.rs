//! Judges a history: passes every moment to the oracle, then asks for its conclusion.

use std::collections::HashMap;

use serde_json::Value;

use super::history::{End, Happening, Moment, Truth};
use super::judgement::{Cause, Judgement};
use super::oracle::{Oracle, Told};
use super::terms::Terms;
use super::violation::Breach;

/// Judges a history by the terms of its run.
pub fn judge(truths: &[Truth], history: &[Moment], terms: &Terms) -> Judgement {
    Oracle::new(truths, terms.clone()).judge(history)
}

/// Judges a history that was recorded at the other end of a connection. An outcome that a process was told just before it
/// stopped early may not have reached it; so nobody accuses it of sending that event again.
pub fn judge_over_the_wire(truths: &[Truth], history: &[Moment]) -> Judgement {
    let mut oracle = Oracle::new(truths, Terms::default());
    oracle.on_the_wire = Some(HashMap::new());
    oracle.judge(history)
}

impl Oracle<'_> {
    fn judge(mut self, history: &[Moment]) -> Judgement {
        for moment in history {
            self.see(moment);
        }
        self.conclude()
    }

    fn see(&mut self, moment: &Moment) {
        match &moment.what {
            Happening::Invoked { process, records } => {
                self.judgement.invocations += 1;
                self.attempt_started(*process, records, moment.at);
                self.delivered(records, moment.at);
            }
            Happening::Ended { process, end } => {
                self.attempt_ended(*process, end, moment.at);
                self.ended(*process, end);
            }
            Happening::Sent { call, process, ids } => {
                self.call_started(*call, *process, moment.at);
                self.sent(*call, *process, ids);
            }
            Happening::Returned { call, process } => self.call_ended(*call, *process),
            Happening::Taken {
                call,
                id,
                body,
                replay,
            } => self.taken(*call, (id, body, *replay), moment.at),
            Happening::Told { call, process, ids } => {
                for place in ids.iter().filter_map(|id| self.by_id.get(id.as_str()).copied()) {
                    self.told.insert(place);
                    self.told_to.entry(place).or_default().insert(*process);
                    self.told_of_call.insert((*call, place));
                    if let Some(told) = &mut self.on_the_wire {
                        let event = Told::Event(*call, place);
                        told.entry(*process).or_default().push(event);
                    }
                }
            }
            Happening::Parked { process, message } => self.parked(*process, message),
            Happening::Stored { process, object } => self.stored(*process, object),
            Happening::ParkedTold { process, raw } => self.told_of_parking(*process, raw),
            Happening::OnFailure { records } => self.gave_up(records, moment.at),
            Happening::PersonsKey { name, key } => self.saw_key(name, key.as_ref()),
            Happening::Erased { name } => self.saw_erasure(name, moment.at),
            Happening::Struck { fault, .. } => self.struck(*fault, moment.at),
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
        for told in told {
            match told {
                Told::Event(call, place) => {
                    self.told_of_call.remove(&(call, place));
                    if let Some(processes) = self.told_to.get_mut(&place) {
                        processes.remove(&process);
                    }
                }
                Told::Record(record) => {
                    let copies = self.copies.entry(record).or_default().iter_mut();
                    copies
                        .filter(|copy| copy.0 == process)
                        .for_each(|copy| copy.1 = false);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::simulator::history::Expected;

    fn truth() -> Truth {
        let event = |id: &str| Expected {
            id: id.to_owned(),
            event_type: "UserEmailChangedEventV1",
            sealed: true,
        };
        Truth {
            raw: "{}".to_owned(),
            sequence_number: "1".to_owned(),
            arrival: Duration::ZERO,
            about: "a record".to_owned(),
            lane: Some("users/1".to_owned()),
            group: Some("users/1".to_owned()),
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
        assert!(accused(&judge(&[truth()], &history, &Terms::default())));
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

//! Judges how a function uses its time. One that answers early while a service is unwell uses up the mapping's retries. One
//! that answers while calls are under way does not hear of what the topic took.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::history::End;
use super::oracle::Oracle;
use super::violation::Breach;

/// Rounding, and the first pause before a second try.
const TOLERANCE: Duration = Duration::from_millis(100);

impl Oracle<'_> {
    pub(super) fn attempt_started(&mut self, process: u64, records: &[usize], at: Duration) {
        let started = (at, records.to_vec());
        self.attempts.under_way.insert(process, started);
    }

    /// An invocation that reports a record has waited and tried again until too little time was left for one more
    /// pause. Pauses double, with jitter of half, so that the next one is at most twice as long as all before it: a third
    /// of the time is used at least. Invocations that were killed, or hung, or were not heard, are excluded.
    pub(super) fn attempt_ended(&mut self, process: u64, end: &End, at: Duration) {
        let Some((start, records)) = self.attempts.under_way.remove(&process) else {
            return;
        };
        let Some(working_time) = self.terms.working_time else {
            return;
        };
        let unheard = self.attempts.calls.remove(&process).unwrap_or_default();
        let answers = matches!(end, End::Answered(_) | End::Errored | End::AnswerLost);
        let answer_time = self.terms.answer_time.unwrap_or_default();
        if answers && !unheard.is_empty() && at - start + TOLERANCE < answer_time {
            let text = format!(
                "process {process} answered with {} calls under way, and had time to await them",
                unheard.len()
            );
            self.breach(Breach::Unheard, text);
        }
        let from = match end {
            End::Answered(answer) => self.first_reported(answer, &records),
            End::Errored => Some(0),
            End::AnswerLost | End::Crashed | End::Froze | End::Overran => None,
        };
        if let Some(from) = from
            && at - start + TOLERANCE < working_time / 3
        {
            self.attempts.early.extend(records.iter().skip(from));
        }
    }

    pub(super) fn call_started(&mut self, call: u64, process: u64, at: Duration) {
        self.attempts.calls.entry(process).or_default().insert(call);
        let start = self.attempts.under_way.get(&process).map(|(start, _)| *start);
        let working_time = self.terms.working_time;
        if start
            .zip(working_time)
            .is_some_and(|(start, working_time)| at > start + working_time)
        {
            let text = format!("call {call} started when the time for calls was over");
            self.breach(Breach::Overran, text);
        }
    }

    pub(super) fn call_ended(&mut self, call: u64, process: u64) {
        if let Some(calls) = self.attempts.calls.get_mut(&process) {
            calls.remove(&call);
        }
    }

    fn first_reported(&self, answer: &Value, records: &[usize]) -> Option<usize> {
        let failures = answer.get("batchItemFailures").and_then(Value::as_array)?;
        let reported = failures
            .iter()
            .filter_map(|failure| failure.get("itemIdentifier").and_then(Value::as_str));
        let reported: BTreeSet<&str> = reported.collect();
        records.iter().position(|record| {
            let truth = self.truth(*record);
            truth.is_some_and(|truth| reported.contains(truth.sequence_number.as_str()))
        })
    }

    pub(super) fn gave_up(&mut self, records: &[usize], at: Duration) {
        let max_age = self.terms.max_age;
        let aged = |record: usize| {
            let arrival = self.truth(record).map(|truth| truth.arrival);
            max_age
                .zip(arrival)
                .is_some_and(|(max_age, arrival)| arrival + max_age < at)
        };
        let early = records
            .iter()
            .copied()
            .find(|record| self.attempts.early.contains(record) && !aged(*record));
        if let Some(record) = early {
            let text = format!(
                "{} was given up, and an invocation that reported it had most of its time left",
                self.record(record)
            );
            self.breach(Breach::GivenUpEarly, text);
        }
        self.no_longer_waits(records, at);
        self.given_up.extend(records);
    }
}

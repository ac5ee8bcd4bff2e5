//! Prints a run, one line per moment. The text contains nothing random: equal runs print equal text.

use std::collections::HashMap;
use std::fmt;

use user_events_core::{ParkedMessage, failed_records};

use super::history::{End, Happening, Truth};
use super::marks::mark;
use super::run::Run;

/// The records, the moments and the violations of the run, one line each.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (record, truth) in self.truths.iter().enumerate() {
            let lane = truth.lane.as_deref().unwrap_or("no lane");
            let events = truth.events.len();
            writeln!(f, "record {record}: {}, {lane}, {events} events", truth.about)?;
        }
        let names = names(&self.truths);
        for moment in &self.history {
            let seconds = moment.at.as_secs_f64();
            writeln!(
                f,
                "{seconds:>9.3} s  {}",
                line(&moment.what, &names, &self.truths)
            )?;
        }
        for violation in &self.judgement.violations {
            writeln!(f, "{violation}")?;
        }
        Ok(())
    }
}

/// Events by id: `3.0` is the first event of record 3.
fn names(truths: &[Truth]) -> HashMap<&str, String> {
    let events = truths.iter().enumerate().flat_map(|(record, truth)| {
        let events = truth.events.iter().enumerate();
        events.map(move |(position, event)| (event.id.as_str(), format!("{record}.{position}")))
    });
    events.collect()
}

/// The first digits of the name of a row.
fn start(name: &str) -> &str {
    name.get(..8).unwrap_or(name)
}

fn line(what: &Happening, names: &HashMap<&str, String>, truths: &[Truth]) -> String {
    let name = |id: &str| names.get(id).map_or("?", String::as_str).to_owned();
    let list = |ids: &[String]| ids.iter().map(|id| name(id)).collect::<Vec<_>>().join(" ");
    let marked = |raw: &str| {
        let wanted = mark(raw);
        match truths.iter().position(|truth| mark(&truth.raw) == wanted) {
            Some(record) => record.to_string(),
            None => "?".to_owned(),
        }
    };
    match what {
        Happening::Invoked { process, records } => {
            format!("process {process} is invoked with records {records:?}")
        }
        Happening::Ended { process, end } => match end {
            End::Answered(answer) => format!("process {process} answers {answer}"),
            End::Errored => format!("process {process} reports an error"),
            End::AnswerLost => format!("process {process} answers, and the answer does not reach Lambda"),
            End::Crashed => format!("process {process} is killed"),
            End::Froze => format!("process {process} hangs until Lambda ends it"),
            End::Overran => format!("process {process} works until Lambda ends it"),
        },
        Happening::Sent { call, process, ids } => {
            format!("process {process} sends call {call}: events {}", list(ids))
        }
        Happening::Taken { call, id, .. } => format!("the topic takes event {} of call {call}", name(id)),
        Happening::Told { call, process, ids } => {
            format!(
                "process {process} is told of call {call}: accepted [{}]",
                list(ids)
            )
        }
        Happening::Parked { process, message } => {
            let parked: Option<ParkedMessage> = serde_json::from_str(message).ok();
            let record = parked.map_or("?".to_owned(), |parked| marked(parked.record.get()));
            format!("the parked queue takes record {record} of process {process}")
        }
        Happening::Stored { process, object } => {
            let stored = failed_records(object).unwrap_or_default();
            let record = stored
                .first()
                .map_or("?".to_owned(), |record| marked(record.get()));
            format!("the bucket of failures takes record {record} of process {process}")
        }
        Happening::ParkedTold { process, raw } => {
            format!("process {process} learns that record {} is parked", marked(raw))
        }
        Happening::Returned { call, process } => format!("call {call} of process {process} has ended"),
        Happening::OnFailure { records } => format!("records {records:?} go to OnFailure"),
        Happening::PersonsKey { name, key } => {
            let what = if key.is_some() { "a key" } else { "no key" };
            format!("row {} of persons' keys holds {what}", start(name))
        }
        Happening::Erased { name } => format!("the person of row {} is erased", start(name)),
        Happening::Struck { fault, .. } => format!("FAULT {fault}"),
        Happening::StillUnsettled => "the run is ended".to_owned(),
    }
}

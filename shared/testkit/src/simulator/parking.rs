//! Judges the records that the parked queue and the bucket of failures take.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::judgement::Cause;
use super::marks::{is_kept_of, mark};
use super::oracle::{Oracle, Told};
use super::violation::Breach;

impl Oracle<'_> {
    /// The parked queue took a message.
    pub(super) fn parked(&mut self, process: u64, message: &str) {
        #[derive(Deserialize)]
        struct Message<'a> {
            #[serde(borrow)]
            record: &'a RawValue,
        }
        let message: Option<Message> = serde_json::from_str(message).ok();
        self.kept(process, message.map(|message| message.record));
    }

    /// The bucket of failures took an object.
    pub(super) fn stored(&mut self, process: u64, object: &str) {
        #[derive(Deserialize)]
        struct Object<'a> {
            #[serde(borrow)]
            payload: Payload<'a>,
        }
        #[derive(Deserialize)]
        struct Payload<'a> {
            #[serde(borrow, rename = "Records")]
            records: Vec<&'a RawValue>,
        }
        self.judgement.stored += 1;
        let object: Option<Object> = serde_json::from_str(object).ok();
        let records = object.map(|object| object.payload.records);
        match records.as_deref() {
            None | Some([]) => self.kept(process, None),
            Some(records) => records.iter().for_each(|record| self.kept(process, Some(record))),
        }
    }

    fn kept(&mut self, process: u64, record: Option<&RawValue>) {
        if let Some(told) = &mut self.on_the_wire {
            told.remove(&process);
        }
        let found = record.and_then(|record| {
            let place = self.by_mark.get(&mark(record.get())).copied()?;
            is_kept_of(record.get(), &self.truth(place)?.raw).then_some(place)
        });
        let Some(record) = found else {
            self.breach(
                Breach::NotParkedWhole,
                "a parked message holds neither a record of the stream nor what may be kept of one",
            );
            return;
        };
        if self.parked.insert(record) && self.truth(record).is_some_and(|truth| !truth.parks) {
            let text = format!("{} could have been published", self.record(record));
            self.breach(Breach::ParkedNeedlessly, text);
        }
        let copies = self.copies.entry(record).or_default();
        let knew = copies.contains(&(process, true));
        copies.push((process, false));
        if knew {
            let text = format!(
                "process {process} knew that {} is parked and parked it again",
                self.record(record)
            );
            self.breach(Breach::ParkedTwice, text);
        }
    }

    /// A process learned that the record is parked.
    pub(super) fn told_of_parking(&mut self, process: u64, raw: &str) {
        let Some(&record) = self.by_mark.get(&mark(raw)) else {
            return;
        };
        self.parked_told.insert(record);
        let mut copies = self.copies.entry(record).or_default().iter_mut().rev();
        if let Some(copy) = copies.find(|copy| copy.0 == process) {
            copy.1 = true;
        }
        if let Some(told) = &mut self.on_the_wire {
            told.entry(process).or_default().push(Told::Record(record));
        }
    }

    /// Counts the copies of each record by why it was parked again.
    pub(super) fn count_copies(&mut self) {
        for copies in self.copies.values() {
            for pair in copies.windows(2) {
                let [(before, told), (after, _)] = pair else {
                    continue;
                };
                let cause = if !told {
                    Cause::UnknownOutcome
                } else if before == after {
                    Cause::KnownOutcome
                } else {
                    self.fate.get(before).copied().unwrap_or(Cause::NewInstance)
                };
                *self.judgement.copies.entry(cause).or_default() += 1;
            }
        }
    }
}

//! Judges the messages that the topic and the parked queue take.

use std::time::Duration;

use serde_json::Value;

use super::document::opened;
use super::oracle::{Oracle, Place};
use super::violation::{Breach, Violation};

impl Oracle<'_> {
    pub(super) fn taken(&mut self, call: u64, id: &str, body: &str, at: Duration) {
        let Some(&place) = self.by_id.get(id) else {
            self.breach(
                Breach::Invented,
                format!("the topic took {id}, which belongs to no change"),
            );
            return;
        };
        match opened(body, id) {
            Err(why) => self.breach(Breach::Misdescribed, format!("{}: {why}", self.name(place))),
            Ok(document) => self.compare(place, document),
        }
        let deliveries = self.taken.entry(place).or_default();
        deliveries.push((call, at));
        if deliveries.len() == 1 {
            self.first_taken.push(place);
        }
    }

    fn compare(&mut self, place: Place, document: Value) {
        let Some(truth) = self.truth(place.0) else {
            return;
        };
        let Some(event) = truth.events.get(place.1) else {
            return;
        };
        let sequence = format!("{:0>40}.{:04}", truth.sequence_number, place.1);
        for (member, wanted) in [
            ("id", event.id.as_str()),
            ("type", event.event_type),
            ("sequence", &sequence),
        ] {
            if document[member] != wanted {
                let text = format!("{}: `{member}` is not {wanted}", self.name(place));
                self.judgement
                    .violations
                    .push(Violation::new(Breach::Misdescribed, text));
            }
        }
        match self.first_document.get(&place) {
            None => drop(self.first_document.insert(place, document)),
            Some(first) if *first == document => {}
            Some(_) => {
                let text = format!("{} has another content in another delivery", self.name(place));
                self.breach(Breach::DuplicateDiffers, text);
            }
        }
    }

    pub(super) fn parked(&mut self, message: &str) {
        #[derive(serde::Deserialize)]
        struct Message<'a> {
            #[serde(borrow)]
            record: &'a serde_json::value::RawValue,
        }
        let record = serde_json::from_str(message)
            .ok()
            .and_then(|message: Message| self.by_raw.get(message.record.get()).copied());
        match record {
            None => self.breach(
                Breach::NotParkedWhole,
                "a parked message does not hold a record of the stream unchanged",
            ),
            Some(record) => {
                if self.truth(record).is_some_and(|truth| !truth.parks) && self.parked.insert(record) {
                    let text = format!("{} could have been published", self.record(record));
                    self.breach(Breach::ParkedNeedlessly, text);
                }
                self.parked.insert(record);
            }
        }
    }
}

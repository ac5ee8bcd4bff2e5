//! Judges the messages that the topic takes.

use std::time::Duration;

use serde_json::Value;

use super::document::opened;
use super::oracle::Oracle;
use super::seen_keys::Place;
use super::violation::{Breach, Violation};

impl Oracle<'_> {
    pub(super) fn taken(&mut self, call: u64, (id, body, replay): (&str, &str, bool), at: Duration) {
        let Some(&place) = self.by_id.get(id) else {
            self.breach(
                Breach::Invented,
                format!("the topic took {id}, which belongs to no change"),
            );
            return;
        };
        match opened(body, id, &self.keys) {
            Err(why) => self.breach(Breach::Misdescribed, format!("{}: {why}", self.name(place))),
            Ok((document, seals)) => {
                self.saw_seals(place, &document, &seals, at);
                self.compare(place, document);
            }
        }
        let deliveries = self.taken.entry(place).or_default();
        deliveries.push((call, at));
        if deliveries.len() == 1 {
            self.first_taken.push(place);
            if replay {
                self.marked.insert(place);
            }
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
            ("partitionkey", truth.group.as_deref().unwrap_or_default()),
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
            Some(first) if self.say_the_same(first, &document) => {}
            Some(_) => {
                let text = format!("{} has another content in another delivery", self.name(place));
                self.breach(Breach::DuplicateDiffers, text);
            }
        }
    }
}

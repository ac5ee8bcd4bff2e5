//! The conclusion at the end of a run: losses, order, duplicates by cause, delays.

use std::collections::HashMap;
use std::time::Duration;

use super::judgement::{Cause, Judgement};
use super::oracle::Oracle;
use super::seen_keys::Place;
use super::violation::{Breach, Violation};

impl Oracle<'_> {
    /// The judgement, after the last moment.
    pub(super) fn conclude(mut self) -> Judgement {
        self.look_for_losses();
        self.look_for_reordering();
        self.count_duplicates();
        self.count_copies();
        self.look_for_withheld();
        self.look_at_what_can_be_read();
        if let Some(longest) = self.terms.longest_delay {
            self.look_for_delays(longest);
        }
        self.judgement
            .violations
            .sort_by_key(|violation| violation.breach);
        self.judgement.published = self.taken.len();
        self.judgement.parked = self.parked.len();
        self.judgement.given_up = self.given_up.len();
        self.judgement
    }

    fn look_for_losses(&mut self) {
        for (record, truth) in self.truths.iter().enumerate() {
            if self.parked.contains(&record) || self.given_up.contains(&record) {
                continue;
            }
            if truth.parks {
                let text = format!(
                    "{} was neither parked nor given to OnFailure",
                    self.record(record)
                );
                self.breach(Breach::Lost, text);
                continue;
            }
            for position in 0..truth.events.len() {
                if !self.taken.contains_key(&(record, position)) {
                    let text = format!("{} was never published", self.name((record, position)));
                    self.breach(Breach::Lost, text);
                }
            }
        }
    }

    fn look_for_reordering(&mut self) {
        let mut last: HashMap<&str, Place> = HashMap::new();
        let mut found = Vec::new();
        let (mut broken, mut unmarked) = (0, 0);
        for &place in &self.first_taken {
            let excepted = self.parked.contains(&place.0) || self.given_up.contains(&place.0);
            let lane = self.truth(place.0).and_then(|truth| truth.lane.as_deref());
            let Some(lane) = lane.filter(|_| !excepted) else {
                continue;
            };
            match last.get(lane) {
                Some(&later) if later > place && self.may_follow(place) => {
                    broken += 1;
                    unmarked += usize::from(!self.marked.contains(&place));
                }
                Some(&later) if later > place => {
                    found.push(format!("{} came after {}", self.name(place), self.name(later)));
                }
                _ => drop(last.insert(lane, place)),
            }
        }
        self.judgement.orders_broken = broken;
        self.judgement.unmarked = unmarked;
        for text in found {
            self.breach(Breach::Reordered, text);
        }
    }

    /// With lane batching, an event may come after a later one of its lane. It must say so, unless its sender could not know.
    fn may_follow(&self, place: Place) -> bool {
        let first = self.taken.get(&place).and_then(|deliveries| deliveries.first());
        let knew = first.is_some_and(|(call, _)| self.sent_knowingly.contains(&(*call, place)));
        self.terms.lane_batching && (self.marked.contains(&place) || !knew)
    }

    fn count_duplicates(&mut self) {
        for (place, deliveries) in &self.taken {
            for pair in deliveries.windows(2) {
                let [(before, _), (after, _)] = pair else {
                    continue;
                };
                let (sender, again) = (self.caller.get(before), self.caller.get(after));
                let cause = if !self.told_of_call.contains(&(*before, *place)) {
                    Cause::UnknownOutcome
                } else if sender == again {
                    Cause::KnownOutcome
                } else {
                    let fate = sender.and_then(|sender| self.fate.get(sender));
                    fate.copied().unwrap_or(Cause::NewInstance)
                };
                *self.judgement.duplicates.entry(cause).or_default() += 1;
            }
        }
    }

    fn look_for_delays(&mut self, longest: Duration) {
        let late = self.taken.iter().filter_map(|(place, deliveries)| {
            let delay = deliveries.first()?.1.saturating_sub(self.truth(place.0)?.arrival);
            let text = format!("{} took {delay:?}, longer than {longest:?}", self.name(*place));
            (delay > longest).then(|| Violation::new(Breach::Delayed, text))
        });
        let late: Vec<_> = late.collect();
        self.judgement.violations.extend(late);
    }
}

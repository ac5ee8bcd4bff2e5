//! The lanes that can go on, by what their first step is.

use std::collections::{BTreeMap, BTreeSet};

use crate::publish::step::{Lock, Step};

/// A lane that can go on: the record of its first step, and the lane. The order is that of the stream.
pub(super) type Head = (usize, usize);

/// The lanes with a first step that can be taken.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// By category: a call carries events of one topic.
    together: BTreeMap<&'static str, BTreeSet<Head>>,
    /// Events that must be sent alone.
    alone: BTreeSet<Head>,
    /// Records to park. Those that failed less often come first, so that a record that the queue refuses does not hold up
    /// the others.
    parking: BTreeSet<(u32, Head)>,
    /// Lanes that wait for a key.
    locked: BTreeMap<Lock, Vec<usize>>,
    /// The keys among them that nobody has taken yet to ask for them.
    wanted: BTreeSet<Lock>,
}

impl Heads {
    pub(super) fn add(&mut self, lane: usize, record: usize, step: &Step) {
        let head = (record, lane);
        match step {
            Step::Seal(envelope) => self.add_together(envelope.category(), head),
            Step::Publish(entry) if entry.alone => drop(self.alone.insert(head)),
            Step::Publish(entry) => self.add_together(entry.event.category, head),
            Step::Park { attempts, .. } => drop(self.parking.insert((*attempts, head))),
        }
    }

    fn add_together(&mut self, category: &'static str, head: Head) {
        self.together.entry(category).or_default().insert(head);
    }

    /// Takes the oldest head with an event: its category, or `None` if the event must be sent alone.
    pub(super) fn take_oldest(&mut self) -> Option<(Option<&'static str>, Head)> {
        let firsts = self
            .together
            .iter()
            .filter_map(|(category, heads)| Some((Some(*category), *heads.first()?)));
        let alone = self.alone.first().map(|head| (None, *head));
        let (category, head) = firsts.chain(alone).min_by_key(|(_, head)| *head)?;
        match category {
            Some(category) => self.remove(category, head),
            None => drop(self.alone.remove(&head)),
        }
        Some((category, head))
    }

    /// The first head of the category after this one.
    pub(super) fn next(&self, category: &'static str, after: Head) -> Option<Head> {
        let (record, lane) = after;
        self.together
            .get(category)?
            .range((record, lane + 1)..)
            .next()
            .copied()
    }

    pub(super) fn remove(&mut self, category: &'static str, head: Head) {
        if let Some(heads) = self.together.get_mut(category) {
            heads.remove(&head);
        }
    }

    pub(super) fn take_parking(&mut self) -> Option<Head> {
        self.parking.pop_first().map(|(_, head)| head)
    }

    pub(super) fn lock(&mut self, lock: Lock, lane: usize) {
        if !self.locked.contains_key(&lock) {
            self.wanted.insert(lock.clone());
        }
        self.locked.entry(lock).or_default().push(lane);
    }

    pub(super) fn unlock(&mut self, lock: &Lock) -> Vec<usize> {
        self.wanted.remove(lock);
        self.locked.remove(lock).unwrap_or_default()
    }

    pub(super) fn take_wanted(&mut self) -> Option<Lock> {
        self.wanted.pop_first()
    }

    pub(super) fn want_again(&mut self, lock: Lock) {
        if self.locked.contains_key(&lock) {
            self.wanted.insert(lock);
        }
    }
}

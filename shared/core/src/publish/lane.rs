//! One lane (message group): its steps, in the order of their turns.

use std::collections::VecDeque;

use crate::error::Error;
use crate::publish::batch::{Batch, Entry};
use crate::publish::step::{Lock, NotSealed, Parking, Sealer, Step};

/// The steps of one lane.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The waiting steps, in the order of their turns.
    steps: VecDeque<Waiting>,
    /// How many steps are under way: in a call, or in the pause after it. The lane waits for all of them.
    pub(super) under_way: usize,
}

/// A step that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Its turn among all steps of the invocation.
    pub(super) turn: usize,
    pub(super) record: usize,
    pub(super) step: Step,
}

/// The first step of a lane, sealed if it can be.
pub(super) enum Front {
    Event,
    /// An event that waits for this key.
    Locked(Lock),
    Other,
}

impl Lane {
    /// The first step; `None` while the lane waits for steps under way, or is done.
    pub(super) fn head(&self) -> Option<&Waiting> {
        self.steps.front().filter(|_| self.under_way == 0)
    }

    /// How many steps it has, waiting and under way.
    pub(super) fn len(&self) -> usize {
        self.steps.len() + self.under_way
    }

    pub(super) fn insert(&mut self, waiting: Waiting) {
        let place = self.steps.partition_point(|other| other.turn < waiting.turn);
        self.steps.insert(place, waiting);
    }

    /// Marks the waiting events as replayed, and returns how many they are.
    pub(super) fn mark_overtaken(&mut self) -> u64 {
        let mut overtaken = 0;
        for waiting in &mut self.steps {
            match &mut waiting.step {
                Step::Seal(envelope) => envelope.mark_replayed(),
                Step::Publish(entry) => entry.event.mark_replayed(),
                Step::Park { .. } => continue,
            }
            overtaken += 1;
        }
        overtaken
    }

    /// Replaces all waiting steps of the record.
    pub(super) fn park(&mut self, turn: usize, record: usize, error: Error) {
        self.steps.retain(|waiting| waiting.record != record);
        let step = Step::Park { error, attempts: 0 };
        self.insert(Waiting { turn, record, step });
    }

    /// Seals the first step, if it is an event that is not sealed yet.
    pub(super) fn front(&mut self, seal: &mut Sealer) -> Front {
        let Some(Waiting { turn, record, step }) = self.steps.pop_front() else {
            return Front::Other;
        };
        let (step, front) = match step {
            Step::Seal(envelope) => match seal(envelope) {
                Ok(event) => (Step::Publish(Entry::new(record, event)), Front::Event),
                Err(NotSealed::KeyMissing(envelope, lock)) => (Step::Seal(envelope), Front::Locked(lock)),
                Err(NotSealed::Unsealable(error)) => {
                    self.park(turn, record, error);
                    return Front::Other;
                }
                Err(NotSealed::Stopped) => {
                    // Nothing ends this wait.
                    self.under_way += 1;
                    return Front::Other;
                }
            },
            event @ Step::Publish(_) => (event, Front::Event),
            park @ Step::Park { .. } => (park, Front::Other),
        };
        self.steps.push_front(Waiting { turn, record, step });
        front
    }

    /// Whether the first step is an event that the batch can take.
    pub(super) fn fits(&self, category: &'static str, batch: &Batch, max_bytes: usize) -> bool {
        match self.steps.front().map(|waiting| &waiting.step) {
            Some(Step::Publish(entry)) => {
                entry.event.category == category && !entry.alone && batch.has_room_for(entry, max_bytes)
            }
            _ => false,
        }
    }

    /// Moves the first step into the batch, if it is an event.
    pub(super) fn take(&mut self, batch: &mut Batch) {
        match self.steps.pop_front() {
            Some(Waiting {
                turn,
                step: Step::Publish(mut entry),
                ..
            }) => {
                entry.turn = turn;
                self.under_way += 1;
                batch.push(entry);
            }
            Some(other) => self.steps.push_front(other),
            None => {}
        }
    }

    /// Moves consecutive events into the batch, as many as it can take.
    pub(super) fn fill(
        &mut self,
        category: &'static str,
        batch: &mut Batch,
        max_bytes: usize,
        seal: &mut Sealer,
    ) {
        while !batch.is_full()
            && matches!(self.front(seal), Front::Event)
            && self.fits(category, batch, max_bytes)
        {
            self.take(batch);
        }
    }

    /// Takes the first step, if it is a record to park. `lane` is the lane's own index.
    pub(super) fn take_parking(&mut self, lane: usize) -> Option<Parking> {
        match self.steps.pop_front()? {
            Waiting {
                turn,
                record,
                step: Step::Park { error, attempts },
            } => {
                self.under_way += 1;
                Some(Parking {
                    record,
                    error,
                    attempts,
                    lane,
                    turn,
                })
            }
            other => {
                self.steps.push_front(other);
                None
            }
        }
    }
}

impl From<Entry> for Waiting {
    fn from(entry: Entry) -> Self {
        Self {
            turn: entry.turn,
            record: entry.record,
            step: Step::Publish(entry),
        }
    }
}

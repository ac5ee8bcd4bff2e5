//! Records what happened in a simulated run, and judges it. Independent of the library that it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use user_events_consumer::ReceivedEvent;

use super::queue::SimulatedQueue;

/// The observations of a run. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Oracle(Arc<Mutex<Seen>>);

#[derive(Default)]
pub(crate) struct Seen {
    /// How often the effect of each event happened.
    pub(crate) effects: BTreeMap<String, u32>,
    /// The sequence of the event that each subject's state was set from.
    pub(crate) states: BTreeMap<String, String>,
    /// The messages that were handled to the end.
    handled: BTreeSet<u64>,
    /// How many handlers work on an event now.
    working: BTreeMap<String, u32>,
    /// Events that the library reported as stale.
    pub(crate) stale: u64,
    /// Events that the library reported as duplicates.
    pub(crate) duplicates: u64,
    /// Events that another handler was working on.
    pub(crate) in_progress: u64,
    /// How many handlings were interrupted.
    pub(crate) cut_short: u64,
    /// The violations that were found.
    pub(crate) violations: Vec<String>,
}

/// The handling of one message. It counts as interrupted unless it is ended.
pub(crate) struct Handling {
    oracle: Oracle,
    number: u64,
    ended: bool,
}

/// A handler that works under a lease.
pub(crate) struct Working {
    oracle: Oracle,
    event_id: String,
}

impl Oracle {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handler starts on this event. On a FIFO queue, every earlier one of its group must have been handled or have
    /// left the queue.
    pub(crate) fn begin(&self, event: &ReceivedEvent, queue: &SimulatedQueue, fifo: bool) -> Handling {
        let number = event.delivery().message_id.as_deref().unwrap();
        let number: u64 = number.parse().unwrap();
        let mut seen = self.seen();
        seen.handled.remove(&number);
        if fifo {
            let group = event.delivery().group.as_deref().unwrap();
            let passed = queue
                .before(group, number)
                .into_iter()
                .find(|earlier| !seen.handled.contains(earlier));
            if let Some(passed) = passed {
                seen.violations
                    .push(format!("message {number} of {group} passed {passed}"));
            }
        }
        Handling {
            oracle: self.clone(),
            number,
            ended: false,
        }
    }

    /// Records the effect of an event.
    pub(crate) fn effect(&self, event_id: &str) {
        *self.seen().effects.entry(event_id.to_owned()).or_default() += 1;
    }

    /// Records that the state of a subject is now that of this event, which must be a later one.
    pub(crate) fn state(&self, subject: &str, sequence: &str) {
        let mut seen = self.seen();
        let before = seen.states.insert(subject.to_owned(), sequence.to_owned());
        if before.as_deref().is_some_and(|before| before >= sequence) {
            let before = before.unwrap_or_default();
            seen.violations
                .push(format!("the state of {subject} went from {before} to {sequence}"));
        }
    }

    /// Records that the library reported an event as stale: a later one must have been applied before.
    pub(crate) fn stale(&self, event: &ReceivedEvent) {
        let mut seen = self.seen();
        seen.stale += 1;
        let state = seen.states.get(event.subject()).cloned().unwrap_or_default();
        if state.as_str() <= event.sequence() {
            seen.violations.push(format!(
                "{} was reported as stale after {state}",
                event.sequence()
            ));
        }
    }

    /// Records that a handler works under a lease. As long as it does, no other handler may. The work ends when the
    /// returned value is dropped.
    pub(crate) fn working(&self, event_id: &str) -> Working {
        let mut seen = self.seen();
        let handlers = seen.working.entry(event_id.to_owned()).or_default();
        *handlers += 1;
        if *handlers > 1 {
            seen.violations
                .push(format!("two handlers have event {event_id} at once"));
        }
        Working {
            oracle: self.clone(),
            event_id: event_id.to_owned(),
        }
    }
}

impl Handling {
    /// The handler succeeds.
    pub(crate) fn succeed(mut self) {
        self.ended = true;
        self.oracle.seen().handled.insert(self.number);
    }

    /// The handler fails.
    pub(crate) fn fail(mut self) {
        self.ended = true;
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        if !self.ended {
            self.oracle.seen().cut_short += 1;
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(handlers) = self.oracle.seen().working.get_mut(&self.event_id) {
            *handlers -= 1;
        }
    }
}

//! The events that arrived, in the order of their arrival, and which write caused each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::watch;
use user_events_consumer::ReceivedEvent;
use user_events_local::expectation::ExpectedEvent;
use user_events_local::subscribe::Received;

/// So many events are kept. Earlier ones are no longer shown to a page that is opened later.
const KEPT: usize = 2_000;

/// An event that arrived.
#[derive(Debug)]
pub(super) struct Arrived {
    /// Its place in the order of arrival, from 0.
    pub(super) place: usize,
    id: String,
    /// The message.
    pub(super) message: Received,
    /// The number of the page's write that caused it, and the milliseconds from that write to the queue.
    cause: Option<(u64, u128)>,
    /// The place of the first event with the same ID.
    first: Option<usize>,
}

/// The events so far.
#[derive(Debug)]
pub(super) struct Feed {
    state: Mutex<State>,
    /// How many arrived.
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    arrived: Vec<Arc<Arrived>>,
    /// How many were dropped before the first that is kept.
    dropped: usize,
    awaited: Vec<Awaited>,
    writes: u64,
}

/// An event that a write of the page must cause.
#[derive(Debug)]
struct Awaited {
    event: ExpectedEvent,
    write: u64,
    since: Instant,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }

    /// Notes a write that is made now, and the events that it must cause. Returns its number, from 1.
    pub(super) fn write(&self, events: &[ExpectedEvent]) -> u64 {
        let mut state = self.state();
        state.writes += 1;
        let (write, since) = (state.writes, Instant::now());
        let awaited = events.iter().map(|event| Awaited {
            event: event.clone(),
            write,
            since,
        });
        state.awaited.extend(awaited);
        write
    }

    /// Takes in a message. One that is not an event is dropped: nothing can be shown of it.
    pub(super) fn take(&self, message: Received) {
        let Ok(event) = ReceivedEvent::from_message_body(&message.body) else {
            return;
        };
        let mut state = self.state();
        let place = state.dropped + state.arrived.len();
        let first = state.arrived.iter().find(|earlier| earlier.id == event.id());
        let first = first.map(|earlier| earlier.place);
        let awaited = |awaited: &Awaited| {
            awaited.event.event_type == event.event_type()
                && awaited.event.subject == event.subject()
                && awaited.event.category == message.category
        };
        let cause = match first {
            Some(_) => None,
            None => state.awaited.iter().position(awaited),
        };
        let cause = cause.map(|cause| {
            let Awaited { write, since, .. } = state.awaited.remove(cause);
            (write, message.at.saturating_duration_since(since).as_millis())
        });
        state.arrived.push(Arc::new(Arrived {
            place,
            id: event.id().to_owned(),
            message,
            cause,
            first,
        }));
        if state.arrived.len() > KEPT {
            state.arrived.remove(0);
            state.dropped += 1;
        }
        drop(state);
        self.count.send_replace(place + 1);
    }

    /// The event at that place, or the first after it that is kept.
    pub(super) fn at_or_after(&self, place: usize) -> Option<Arc<Arrived>> {
        let state = self.state();
        state.arrived.get(place.saturating_sub(state.dropped)).cloned()
    }

    /// The event at that place. `None` if there is none, or it is no longer kept.
    pub(super) fn get(&self, place: usize) -> Option<Arc<Arrived>> {
        self.at_or_after(place).filter(|arrived| arrived.place == place)
    }

    /// All that are kept.
    pub(super) fn all(&self) -> Vec<Arc<Arrived>> {
        self.state().arrived.clone()
    }

    /// Changes when an event arrives.
    pub(super) fn changes(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrived {
    /// The event. `None` never happens: [`Feed::take`] keeps events only.
    pub(super) fn event(&self) -> Option<ReceivedEvent> {
        let event = ReceivedEvent::from_message_body(&self.message.body).ok()?;
        Some(event.with_attributes(self.message.attributes.clone()))
    }

    /// What the page shows without opening anything.
    pub(super) fn json(&self) -> Value {
        let envelope: Value = serde_json::from_str(&self.message.body).unwrap_or_default();
        json!({
            "place": self.place,
            "category": self.message.category,
            "event": envelope,
            "attributes": self.message.attributes,
            "replay": self.message.attributes.contains_key("replay"),
            "first": self.first,
            "write": self.cause.map(|(write, _)| write),
            "latency": self.cause.map(|(_, latency)| latency),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use user_events_core::Publication;
    use user_events_core::description::published_example;

    use super::*;
    use crate::names;

    fn message(name: &str, replay: bool) -> Received {
        let (category, registration) = names::event(name).unwrap();
        let example = published_example(registration, category, &Publication::default());
        Received {
            category: category.to_owned(),
            body: example.event.body,
            attributes: replay
                .then(|| ("replay".to_owned(), "true".to_owned()))
                .into_iter()
                .collect(),
            data_types: BTreeMap::new(),
            at: Instant::now(),
        }
    }

    #[test]
    fn an_event_has_the_write_that_caused_it_and_a_redriven_one_the_event_that_it_repeats() {
        let feed = Feed::new();
        feed.take(message("UserDeleted", false));
        let expected = |event_type: &str| ExpectedEvent {
            category: "account".to_owned(),
            event_type: event_type.to_owned(),
            subject: "users/user-1".to_owned(),
        };
        assert_eq!(feed.write(&[expected("UserEmailChangedEventV1")]), 1);
        feed.take(message("UserEmailChanged", false));
        feed.take(message("UserEmailChanged", true));
        let seen: Vec<_> = feed.all().iter().map(|arrived| arrived.json()).collect();
        assert_eq!(
            (&seen[0]["write"], &seen[0]["first"]),
            (&Value::Null, &Value::Null)
        );
        assert!(seen[1]["write"] == 1 && seen[1]["latency"].is_number());
        assert!(seen[2]["first"] == 1 && seen[2]["replay"] == true && seen[2]["write"].is_null());
        assert_eq!(*feed.changes().borrow(), 3);
    }

    #[test]
    fn the_oldest_events_are_dropped_and_the_places_stay() {
        let feed = Feed::new();
        for _ in 0..=KEPT {
            feed.take(message("UserDeleted", false));
        }
        assert!(feed.get(0).is_none() && feed.at_or_after(0).is_some_and(|arrived| arrived.place == 1));
        assert!(feed.get(KEPT).is_some() && feed.get(KEPT + 1).is_none());
    }
}

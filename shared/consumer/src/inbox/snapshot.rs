//! Snapshots: whether all events of a run were handled, and the row that says so.

use std::time::{Duration, SystemTime};

use futures_util::future::try_join_all;

use super::handle::Inbox;
use super::store::{Row, RowKey, Rule, Snapshot, Store, StoreError, Write};
use crate::clock::time;
use crate::received::ReceivedEvent;

/// The type of the last event of a run.
const MARKER: &str = "SnapshotCompletedEventV1";
/// The largest integer that every language reads exactly (RFC 8259, section 6).
const MOST_EVENTS: u64 = 9_007_199_254_740_991;
/// How long a marker that came too early is hidden, times its receive count.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(900);

/// Why the marker of a snapshot cannot be handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The marker is not in its form. No retry can help: set the message aside.
    #[error(
        "the marker of a snapshot needs `snapshotrun`, the same in `data.run`, and a whole number in `data.events`"
    )]
    NotAMarker,
    /// The marker came before all events of its run were handled. Leave the message to the queue, hidden until then.
    #[error("{handled} of {events} events of the snapshot are handled; the marker waits for the others")]
    Incomplete {
        /// How many events of the run this consumer has handled.
        handled: u64,
        /// How many events the run sent.
        events: u64,
        /// When to look again.
        until: SystemTime,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: Store> Inbox<S> {
    /// Checks the marker of a snapshot, the last event of a run: all events of its run must have been handled by this
    /// consumer. Every other event passes. Call it before you handle an event; [`Consumer`](crate::Consumer) does.
    ///
    /// Fails when an event of the run is missing, when the marker is not in its form, and when the store does not answer.
    pub async fn check_snapshot(&self, event: &ReceivedEvent) -> Result<(), SnapshotError> {
        if !is_marker(event) {
            return Ok(());
        }
        let (run, events) = said(event).ok_or(SnapshotError::NotAMarker)?;
        // An operator can give up the events that are missing.
        if let Some(snapshot) = self.snapshot_completed().await?
            && snapshot.run == run
        {
            return Ok(());
        }
        let handled = self.snapshot_handled(run).await?;
        if handled >= events {
            return Ok(());
        }
        let received = event.delivery().receive_count.unwrap_or(1).max(1);
        let pause = PAUSE.saturating_mul(received).min(LONGEST_PAUSE);
        Err(SnapshotError::Incomplete {
            handled,
            events,
            until: time(self.now()) + pause,
        })
    }

    /// How many events of this run the consumer has handled, the marker left out.
    ///
    /// Fails when the store does not answer.
    pub async fn snapshot_handled(&self, run: &str) -> Result<u64, StoreError> {
        let counts = RowKey::DIGITS.map(|digit| async move {
            let pk = RowKey::snapshot_events(&self.settings.consumer, run, digit);
            self.store.count_completed(&pk).await
        });
        Ok(try_join_all(counts).await?.into_iter().sum())
    }

    /// The snapshot that this consumer completed last. `None` while it has completed none: it must not read its live queue
    /// yet, if it has a snapshot queue.
    ///
    /// Fails when the store does not answer.
    pub async fn snapshot_completed(&self) -> Result<Option<Snapshot>, StoreError> {
        let row = self
            .store
            .read(&RowKey::snapshot(&self.settings.consumer))
            .await?;
        Ok(match row {
            Some(Row::Snapshot(snapshot)) => Some(snapshot),
            _ => None,
        })
    }

    /// Completes a snapshot although events of it are missing, for operators. Delete the messages of the run that are left:
    /// they are older than the events of the live queue.
    ///
    /// Fails when the store does not answer.
    pub async fn complete_snapshot(&self, run: &str, events: u64) -> Result<(), StoreError> {
        self.store.write(&self.snapshot_write(run, events)).await?;
        Ok(())
    }

    /// The write that completes the snapshot of a marker, for your own transaction. `None` for every other event.
    /// [`commit`](Self::commit) and [`commit_in_order`](Self::commit_in_order) make it.
    pub fn completion(&self, event: &ReceivedEvent) -> Option<Write> {
        let (run, events) = is_marker(event).then(|| said(event)).flatten()?;
        Some(self.snapshot_write(run, events))
    }

    fn snapshot_write(&self, run: &str, events: u64) -> Write {
        Write {
            key: RowKey::snapshot(&self.settings.consumer),
            rule: Rule::CompleteSnapshot(Snapshot {
                run: run.to_owned(),
                events,
                completed_at: self.now(),
            }),
            ttl: u64::MAX,
        }
    }
}

/// Whether the event is the last one of a run.
pub(crate) fn is_marker(event: &ReceivedEvent) -> bool {
    event.event_type() == MARKER
}

/// The run of a marker, and how many events it sent. `None` if the marker is not in its form.
fn said(marker: &ReceivedEvent) -> Option<(&str, u64)> {
    let run = marker.snapshot_run()?;
    let data = marker.data();
    if data.get("run")?.as_str() != Some(run) {
        return None;
    }
    let events = data.get("events")?;
    let whole = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number as u64);
    let events = events.as_u64().or_else(|| whole(events.as_f64()?))?;
    (events <= MOST_EVENTS).then_some((run, events))
}

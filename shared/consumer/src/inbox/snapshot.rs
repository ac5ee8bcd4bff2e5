//! Snapshots: whether all events of a run were handled, and the row that says so.

use std::time::{Duration, SystemTime};

use futures_util::future::try_join_all;

use super::handle::Inbox;
use super::key::RowKey;
use super::marker::{is_marker, said};
use super::store::{Row, Rule, Snapshot, Store, StoreError, Write};
use crate::clock::time;
use crate::received::ReceivedEvent;

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
    /// [`commit`](Self::commit), [`commit_in_order`](Self::commit_in_order) and [`process`](Self::process) make it. With a
    /// [`claim`](Self::claim) of your own, make it with [`complete_snapshot`](Self::complete_snapshot) before you complete
    /// the claim.
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

#[cfg(test)]
mod tests {
    use user_events_catalog::snapshot::SnapshotCompletedEventV1;
    use user_events_core::Event;

    use super::*;
    use crate::clock::Clock;
    use crate::inbox::{Committed, InboxSettings, Lease, MemoryStore, Order, ProcessError, Processed};

    const NOW: Duration = Duration::from_secs(1_772_366_400);

    fn inbox() -> Inbox<MemoryStore> {
        let settings = InboxSettings {
            clock: Clock::from_fn(|| SystemTime::UNIX_EPOCH + NOW),
            ..InboxSettings::new("welcome")
        };
        Inbox::new(MemoryStore::default(), settings).unwrap()
    }

    fn event(event_type: &str, digit: char, data: &str) -> ReceivedEvent {
        let zeros = "0".repeat(40);
        let body = format!(
            r#"{{"specversion":"1.0","id":"{digit}1111111-1111-5111-8111-111111111111","source":"/user-service",
            "type":"{event_type}","subject":"roles/role-1","sequence":"{zeros}.0000","snapshotrun":"run-1","data":{data}}}"#
        );
        ReceivedEvent::from_message_body(&body).unwrap()
    }

    fn snapshot(digit: char) -> ReceivedEvent {
        event("RoleSnapshotEventV1", digit, "{}")
    }

    fn marker(events: u64) -> ReceivedEvent {
        event(
            SnapshotCompletedEventV1::TYPE,
            'f',
            &format!(r#"{{"run":"run-1","events":{events}}}"#),
        )
    }

    #[tokio::test]
    async fn a_marker_passes_when_every_event_of_its_run_is_recorded_and_says_until_when_it_waits() {
        let inbox = inbox();
        assert_eq!(inbox.check_snapshot(&snapshot('0')).await, Ok(()));
        inbox.commit_in_order(&snapshot('0'), vec![]).await.unwrap();
        inbox.claim(&snapshot('1')).await.unwrap();
        let early = inbox.check_snapshot(&marker(2)).await;
        let until = SystemTime::UNIX_EPOCH + NOW + PAUSE;
        assert_eq!(
            early,
            Err(SnapshotError::Incomplete {
                handled: 1,
                events: 2,
                until
            })
        );
        inbox.commit(&snapshot('2'), vec![]).await.unwrap();
        assert_eq!(inbox.check_snapshot(&marker(2)).await, Ok(()));
        assert_eq!(inbox.snapshot_completed().await, Ok(None));
        let done = inbox.commit_in_order(&marker(2), vec![]).await;
        assert_eq!(done, Ok(Committed::Done));
        let completed = Snapshot {
            run: "run-1".to_owned(),
            events: 2,
            completed_at: NOW.as_secs() * 1_000,
        };
        assert_eq!(inbox.snapshot_completed().await, Ok(Some(completed)));
        assert_eq!(
            inbox.snapshot_handled("run-1").await,
            Ok(2),
            "the marker is none of them"
        );
        assert_eq!(inbox.snapshot_handled("run-10").await, Ok(0));
    }

    #[tokio::test]
    async fn under_a_lease_a_marker_completes_its_snapshot_before_its_claim_is_completed() {
        let inbox = inbox();
        let effect = async |_: &Lease<MemoryStore>| Ok::<_, &str>(());
        let failed = inbox.process(&marker(0), async |_| Err::<(), _>("no")).await;
        assert_eq!(failed, Err(ProcessError::Effect("no")));
        assert_eq!(inbox.snapshot_completed().await, Ok(None));
        assert_eq!(inbox.process(&marker(0), effect).await, Ok(Processed::Done(())));
        assert!(inbox.snapshot_completed().await.unwrap().is_some());
        assert_eq!(inbox.process(&marker(0), effect).await, Ok(Processed::Duplicate));
    }

    #[tokio::test]
    async fn an_event_of_a_snapshot_leaves_its_lane_as_it_is() {
        let inbox = inbox();
        let event = snapshot('0');
        assert_eq!(inbox.advance(&event).await, Ok(Order::Latest));
        assert_eq!(inbox.store().row(&inbox.advance_write(&event).key), None);
        inbox.commit_in_order(&event, vec![]).await.unwrap();
        assert_eq!(inbox.store().row(&inbox.advance_write(&event).key), None);
    }
}

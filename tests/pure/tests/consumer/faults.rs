//! Faults that the library once had: a crash under a lease, poison, a panic, another content, a short memory.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};
use user_events_consumer::{
    Batches, Clock, Committed, Deadline, Failure, Inbox, InboxSettings, Lease, MemoryStore, Queue,
    ReceivedEvent, Worker, WorkerSettings,
};

use super::lambda::batch;
use super::queue::{Faults, Random, SimulatedQueue};
use crate::messages::body;

fn inbox() -> Inbox<MemoryStore> {
    let settings = InboxSettings {
        clock: clock(),
        ..InboxSettings::new("faults")
    };
    Inbox::new(MemoryStore::default(), settings).unwrap()
}

/// Virtual time: 2026-03-01T12:00:00Z and the time since this call.
fn clock() -> Clock {
    let begun = Instant::now();
    Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400) + begun.elapsed())
}

fn settings() -> WorkerSettings {
    WorkerSettings {
        clock: clock(),
        ..WorkerSettings::default()
    }
}

fn queue_of(numbers: std::ops::RangeInclusive<u64>) -> SimulatedQueue {
    let queue = SimulatedQueue::new(true, 5, Random::new(1), Faults::default());
    for number in numbers {
        queue.send("users/a", &body("users/a", number), true);
    }
    queue
}

fn number(event: &ReceivedEvent) -> u64 {
    event.sequence().split_once('.').unwrap().0.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_event_that_crashed_under_a_lease_is_handled_and_nothing_of_its_group_passes_it() {
    let (queue, inbox) = (queue_of(1..=3), inbox());
    let crashed = ReceivedEvent::from_message_body(&body("users/a", 1)).unwrap();
    drop(inbox.claim(&crashed).await.unwrap());
    let handled = Mutex::new(Vec::new());
    let handler = async |event: ReceivedEvent| {
        let effect = async |_: &Lease<MemoryStore>| {
            handled.lock().unwrap().push(number(&event));
            Ok::<_, Failure>(())
        };
        inbox.process(&event, effect).await?;
        Ok(())
    };
    let worker = Worker::new(queue.clone(), handler, settings()).unwrap();
    worker.run(sleep(Duration::from_secs(600))).await;
    assert_eq!((handled.into_inner().unwrap(), queue.dead()), (vec![1, 2, 3], 0));
}

#[tokio::test(start_paused = true)]
async fn a_poison_event_takes_no_neighbour_along() {
    let queue = queue_of(1..=6);
    let handled = Mutex::new(Vec::new());
    let handler = async |event: ReceivedEvent| {
        if number(&event) == 1 {
            return Err(Failure::set_aside("moved", "the token belongs to another event"));
        }
        handled.lock().unwrap().push(number(&event));
        Ok(())
    };
    let worker = Worker::new(queue.clone(), handler, settings()).unwrap();
    let worker = worker.dead_letters(queue.clone());
    worker.run(sleep(Duration::from_secs(3_600))).await;
    let dead = (queue.dead(), queue.aside().len());
    assert_eq!(
        (handled.into_inner().unwrap(), dead),
        (vec![2, 3, 4, 5, 6], (0, 1))
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_concerns_its_own_message() {
    let queue = queue_of(1..=1);
    queue.send("users/b", &body("users/b", 1), true);
    let messages = queue
        .receive(10, Duration::ZERO, Duration::from_secs(60))
        .await
        .unwrap();
    let handler = async |event: ReceivedEvent| {
        assert_eq!(event.subject(), "users/b");
        Ok::<_, Failure>(())
    };
    let deadline = Deadline::after(Duration::from_secs(10));
    let answer = Batches::new(handler)
        .answer(batch(&messages, true), deadline)
        .await;
    let reported: Vec<_> = answer
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect();
    assert_eq!(reported, ["1"]);
}

#[tokio::test]
async fn another_content_under_the_id_of_a_handled_event_is_no_duplicate() {
    let inbox = inbox();
    let event = body("users/a", 1);
    let other = event.replace("\"data\":{", "\"data\":{\"status\":\"LOCKED\",");
    let commit = async |body: &str| {
        inbox
            .commit(&ReceivedEvent::from_message_body(body).unwrap(), vec![])
            .await
            .unwrap()
    };
    assert_eq!(commit(&event).await, Committed::Done);
    assert_eq!(commit(&other).await, Committed::OtherContent);
    assert_eq!(commit(&event).await, Committed::Duplicate);
}

#[tokio::test]
async fn an_event_is_remembered_for_sixty_days() {
    let inbox = inbox();
    let event = ReceivedEvent::from_message_body(&body("users/a", 1)).unwrap();
    let now = 1_772_366_400;
    assert!(inbox.record(&event).ttl >= now + 60 * 86_400);
    assert!(inbox.advance_write(&event).ttl >= now + 90 * 86_400);
}

/// The snapshot event of the row of `users/a`, as a run sends it.
fn snapshot_event() -> ReceivedEvent {
    let zeros = format!("{}.0000", "0".repeat(40));
    let event: serde_json::Value = serde_json::from_str(&body("users/a", 1)).unwrap();
    let mut event = event;
    event["id"] = "aaaaaaaa-0000-5000-8000-000000000000".into();
    event["sequence"] = zeros.into();
    event["snapshotrun"] = "run-1".into();
    ReceivedEvent::from_message_body(&event.to_string()).unwrap()
}

#[tokio::test]
async fn a_snapshot_event_is_handled_although_its_lane_is_ahead() {
    let inbox = inbox();
    let live = ReceivedEvent::from_message_body(&body("users/a", 7)).unwrap();
    assert_eq!(
        inbox.commit_in_order(&live, vec![]).await.unwrap(),
        Committed::Done
    );
    let committed = inbox.commit_in_order(&snapshot_event(), vec![]).await.unwrap();
    assert_eq!(committed, Committed::Done);
    let earlier = ReceivedEvent::from_message_body(&body("users/a", 6)).unwrap();
    let committed = inbox.commit_in_order(&earlier, vec![]).await.unwrap();
    assert_eq!(committed, Committed::Stale, "the lane is where it was");
}

//! The inbox with rows in memory and a clock that the tests set.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::*;
use crate::clock::Clock;
use crate::received::{ReceivedEvent, event_of_type};

const NOW: u64 = 1_772_366_400_000;

fn inbox() -> (Inbox<MemoryStore>, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(NOW));
    let clock = Arc::clone(&now);
    let settings = InboxSettings {
        clock: Clock::from_fn(move || {
            SystemTime::UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::Relaxed))
        }),
        lease: Duration::from_secs(60),
        ..InboxSettings::new("welcome-mail")
    };
    let inbox = Inbox::new(MemoryStore::default(), settings).unwrap();
    (inbox, now)
}

fn event() -> ReceivedEvent {
    event_of_type("UserRegisteredEventV1", "{}")
}

/// An event of the same lane with this sequence and its own id.
fn event_at(sequence: &str) -> ReceivedEvent {
    let body = event().text().replace("id-1", &format!("id-{sequence}"));
    let body = body.replace("0000000000004421584500000000017450439091.0000", sequence);
    ReceivedEvent::from_message_body(&body).unwrap()
}

async fn fresh(inbox: &Inbox<MemoryStore>, event: &ReceivedEvent) -> Lease<MemoryStore> {
    match inbox.claim(event).await.unwrap() {
        Claim::Fresh(lease) => lease,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_claim_is_fresh_then_in_progress_then_completed() {
    let (inbox, _) = inbox();
    let lease = fresh(&inbox, &event()).await;
    match inbox.claim(&event()).await.unwrap() {
        Claim::InProgress { until } => {
            assert_eq!(
                until,
                SystemTime::UNIX_EPOCH + Duration::from_millis(NOW + 60_000)
            );
        }
        other => panic!("{other:?}"),
    }
    lease.complete().await.unwrap();
    assert!(matches!(inbox.claim(&event()).await.unwrap(), Claim::Completed));
}

#[tokio::test]
async fn a_lease_ends_at_its_time_and_its_first_holder_has_lost_it() {
    let (inbox, now) = inbox();
    let first = fresh(&inbox, &event()).await;
    now.store(NOW + 59_999, Ordering::Relaxed);
    assert!(matches!(
        inbox.claim(&event()).await.unwrap(),
        Claim::InProgress { .. }
    ));
    now.store(NOW + 60_000, Ordering::Relaxed);
    let second = fresh(&inbox, &event()).await;
    assert_eq!(first.renew().await, Err(LeaseError::Lost));
    assert_eq!(first.complete().await, Err(LeaseError::Lost));
    second.complete().await.unwrap();
}

#[tokio::test]
async fn a_lease_that_nobody_claimed_since_can_still_be_completed() {
    let (inbox, now) = inbox();
    let lease = fresh(&inbox, &event()).await;
    now.store(NOW + 3_600_000, Ordering::Relaxed);
    lease.complete().await.unwrap();
}

#[tokio::test]
async fn a_renewed_lease_starts_again() {
    let (inbox, now) = inbox();
    let lease = fresh(&inbox, &event()).await;
    now.store(NOW + 59_000, Ordering::Relaxed);
    lease.renew().await.unwrap();
    now.store(NOW + 118_999, Ordering::Relaxed);
    assert!(matches!(
        inbox.claim(&event()).await.unwrap(),
        Claim::InProgress { .. }
    ));
}

#[tokio::test]
async fn a_failed_effect_releases_the_event_and_one_that_worked_does_not_happen_again() {
    let (inbox, _) = inbox();
    let failed = inbox.process(&event(), async || Err::<(), _>("no")).await;
    assert_eq!(failed, Err(ProcessError::Effect("no")));
    let done = inbox.process(&event(), async || Ok::<_, &str>(7)).await;
    assert_eq!(done, Ok(Processed::Done(7)));
    let again = inbox.process(&event(), async || Err::<(), _>("not asked")).await;
    assert_eq!(again, Ok(Processed::Duplicate));
}

#[tokio::test]
async fn a_commit_and_its_effect_happen_once() {
    let (inbox, _) = inbox();
    let count = Arc::new(Mutex::new(0));
    let effect = || {
        let count = Arc::clone(&count);
        vec![Effect::new(move || *count.lock().unwrap() += 1)]
    };
    assert_eq!(inbox.commit(&event(), effect()).await.unwrap(), Committed::Done);
    assert_eq!(
        inbox.commit(&event(), effect()).await.unwrap(),
        Committed::Duplicate
    );
    assert!(matches!(inbox.claim(&event()).await.unwrap(), Claim::Completed));
    assert_eq!(*count.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_commit_waits_for_a_lease_and_for_no_longer() {
    let (inbox, now) = inbox();
    let _lease = fresh(&inbox, &event()).await;
    assert_eq!(
        inbox.commit(&event(), vec![]).await.unwrap(),
        Committed::InProgress
    );
    now.store(NOW + 60_000, Ordering::Relaxed);
    assert_eq!(inbox.commit(&event(), vec![]).await.unwrap(), Committed::Done);
}

#[tokio::test]
async fn a_stale_event_writes_nothing_in_order_and_can_then_be_committed_by_itself() {
    let (inbox, _) = inbox();
    let commit = async |sequence: &str| inbox.commit_in_order(&event_at(sequence), vec![]).await.unwrap();
    assert_eq!(commit("2.0000").await, Committed::Done);
    assert_eq!(commit("1.0000").await, Committed::Stale);
    assert_eq!(commit("1.0000").await, Committed::Stale);
    let late = inbox.commit(&event_at("1.0000"), vec![]).await.unwrap();
    assert_eq!(late, Committed::Done);
    assert_eq!(commit("1.0000").await, Committed::Duplicate);
    assert_eq!(commit("2.0001").await, Committed::Done);
}

#[tokio::test]
async fn an_equal_sequence_with_an_unseen_id_is_new() {
    let (inbox, _) = inbox();
    let first = event_at("2.0001");
    assert_eq!(
        inbox.commit_in_order(&first, vec![]).await.unwrap(),
        Committed::Done
    );
    // A later version of the publisher puts another event of the same change there.
    let other = first.text().replace("id-2.0001", "another-id");
    let other = ReceivedEvent::from_message_body(&other).unwrap();
    assert_eq!(
        inbox.commit_in_order(&other, vec![]).await.unwrap(),
        Committed::Done
    );
    for again in [&first, &other] {
        assert_eq!(
            inbox.commit_in_order(again, vec![]).await.unwrap(),
            Committed::Duplicate
        );
    }
}

#[tokio::test]
async fn an_event_is_the_latest_of_its_lane_or_stale() {
    let (inbox, _) = inbox();
    let advance = async |event: &ReceivedEvent| inbox.advance(event).await.unwrap();
    assert_eq!(advance(&event_at("2.0000")).await, Order::Latest);
    assert_eq!(advance(&event_at("2.0000")).await, Order::Latest);
    assert_eq!(advance(&event_at("1.9999")).await, Order::Stale);
    let other_source = event_at("1.0000").text().replace("/user-service", "/other");
    let other_subject = event_at("1.0000").text().replace("users/user-1", "users/user-2");
    let other_category = event_at("1.0000")
        .text()
        .replace("\"data\":", "\"dataschema\":\"urn:s/profile/x.json\",\"data\":");
    for lane in [other_source, other_subject, other_category] {
        let event = ReceivedEvent::from_message_body(&lane).unwrap();
        assert_eq!(advance(&event).await, Order::Latest, "{lane}");
    }
}

#[tokio::test]
async fn consumers_do_not_share_what_they_remember() {
    let store = MemoryStore::default();
    for consumer in ["one", "two"] {
        let inbox = Inbox::new(store.clone(), InboxSettings::new(consumer)).unwrap();
        assert_eq!(inbox.commit(&event(), vec![]).await.unwrap(), Committed::Done);
    }
}

#[tokio::test]
async fn an_event_is_remembered_for_29_days_and_forgotten_then() {
    let (inbox, _) = inbox();
    inbox.commit(&event(), vec![]).await.unwrap();
    let then = NOW / 1_000 + 29 * 86_400;
    inbox.store().forget(then - 1);
    assert_eq!(
        inbox.commit(&event(), vec![]).await.unwrap(),
        Committed::Duplicate
    );
    inbox.store().forget(then);
    assert_eq!(inbox.commit(&event(), vec![]).await.unwrap(), Committed::Done);
}

//! The inbox with rows in memory and a clock that the tests set.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;

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

/// The sequence of a short one: `2.0000` is filled up to 40 digits.
fn sequence(short: &str) -> String {
    format!("{short:0>45}")
}

/// An event of the same lane with this sequence and its own id.
fn event_at(short: &str) -> ReceivedEvent {
    let digits: String = short.chars().filter(char::is_ascii_digit).collect();
    let body = event().text().replacen("11111111", &format!("{digits:0>8}"), 1);
    let body = body.replace("0000000000004421584500000000017450439091.0000", &sequence(short));
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
    let failed = inbox.process(&event(), async |_| Err::<(), _>("no")).await;
    assert_eq!(failed, Err(ProcessError::Effect("no")));
    let done = inbox.process(&event(), async |_| Ok::<_, &str>(7)).await;
    assert_eq!(done, Ok(Processed::Done(7)));
    let again = inbox.process(&event(), async |_| Err::<(), _>("not asked")).await;
    assert_eq!(again, Ok(Processed::Duplicate));
}

#[tokio::test]
async fn an_effect_that_panics_releases_the_event() {
    let (inbox, _) = inbox();
    let effect = async |_: &Lease<MemoryStore>| -> Result<(), &str> {
        // Unlike a panic, this calls no hook.
        std::panic::resume_unwind(Box::new("it panicked"))
    };
    let panicked = AssertUnwindSafe(inbox.process(&event(), effect))
        .catch_unwind()
        .await;
    assert!(panicked.is_err());
    fresh(&inbox, &event()).await;
}

/// An inbox with a lease of 30 seconds in virtual time.
fn virtual_inbox() -> Inbox<MemoryStore> {
    let begun = tokio::time::Instant::now();
    let settings = InboxSettings {
        clock: Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_millis(NOW) + begun.elapsed()),
        ..InboxSettings::new("welcome-mail")
    };
    Inbox::new(MemoryStore::default(), settings).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_while_the_effect_runs_and_the_effect_sees_it() {
    let inbox = virtual_inbox();
    let effect = async |lease: &Lease<MemoryStore>| {
        let first = lease.until();
        tokio::time::sleep(Duration::from_secs(200)).await;
        let waits = matches!(inbox.claim(&event()).await.unwrap(), Claim::InProgress { .. });
        Ok::<_, &str>((waits, lease.until().duration_since(first).unwrap().as_secs()))
    };
    let processed = inbox.process(&event(), effect).await;
    assert_eq!(processed, Ok(Processed::Done((true, 190))));
}

#[tokio::test(start_paused = true)]
async fn an_effect_is_cancelled_when_another_handler_has_claimed_the_event() {
    let inbox = virtual_inbox();
    let begun = tokio::time::Instant::now();
    let effect = async |_: &Lease<MemoryStore>| {
        // As if this process had slept beyond its lease: another one claims the event.
        let key = inbox.record(&event()).key;
        inbox.store().remove(&key);
        std::mem::drop(fresh(&inbox, &event()).await);
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok::<(), &str>(())
    };
    assert_eq!(inbox.process(&event(), effect).await, Err(ProcessError::Lost));
    assert_eq!(begun.elapsed().as_secs(), 10, "the first renewal finds out");
}

#[tokio::test(start_paused = true)]
async fn an_effect_is_cancelled_when_no_renewal_succeeds_until_the_lease_ends() {
    /// Makes claims only.
    struct NoRenewals(MemoryStore);

    impl Store for NoRenewals {
        async fn write(&self, write: &Write) -> Result<Written, StoreError> {
            match write.rule {
                Rule::Renew { .. } => Err(StoreError::Unavailable { code: None }),
                _ => self.0.write(write).await,
            }
        }

        async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
            self.0.read(key).await
        }

        async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
            self.0.count_completed(pk).await
        }
    }

    let inbox = Inbox::new(NoRenewals(MemoryStore::default()), InboxSettings::new("n")).unwrap();
    let begun = tokio::time::Instant::now();
    let effect = async |_: &Lease<NoRenewals>| {
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok::<(), &str>(())
    };
    assert_eq!(inbox.process(&event(), effect).await, Err(ProcessError::Lost));
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn another_content_under_a_claimed_or_handled_id_is_neither_a_duplicate_nor_a_retry() {
    let (inbox, now) = inbox();
    let other = event_of_type("UserRegisteredEventV1", r#"{"status":"LOCKED"}"#);
    let _lease = fresh(&inbox, &event()).await;
    assert!(matches!(inbox.claim(&other).await.unwrap(), Claim::OtherContent));
    // Not even after the lease ended.
    now.store(NOW + 60_000, Ordering::Relaxed);
    assert!(matches!(inbox.claim(&other).await.unwrap(), Claim::OtherContent));
    assert_eq!(
        inbox.commit(&other, vec![]).await.unwrap(),
        Committed::OtherContent
    );
    assert_eq!(inbox.commit(&event(), vec![]).await.unwrap(), Committed::Done);
    assert_eq!(
        inbox.commit_in_order(&other, vec![]).await.unwrap(),
        Committed::OtherContent
    );
    let processed = inbox.process(&other, async |_| Ok::<_, &str>(())).await;
    assert_eq!(processed, Err(ProcessError::OtherContent));
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
        Committed::InProgress {
            until: SystemTime::UNIX_EPOCH + Duration::from_millis(NOW + 60_000)
        }
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
    let other = first.text().replacen("00020001", "99999999", 1);
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
    let other_subject = event_at("1.0000").text().replace("roles/role-1", "roles/role-2");
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
async fn an_event_is_remembered_for_60_days_and_forgotten_then_and_its_lane_for_90() {
    let (inbox, _) = inbox();
    inbox.commit_in_order(&event(), vec![]).await.unwrap();
    let after_days = |days: u64| NOW / 1_000 + days * 86_400;
    inbox.store().forget(after_days(60) - 1);
    assert_eq!(
        inbox.commit(&event(), vec![]).await.unwrap(),
        Committed::Duplicate
    );
    inbox.store().forget(after_days(60));
    assert_eq!(inbox.commit(&event(), vec![]).await.unwrap(), Committed::Done);
    let lane = inbox.advance_write(&event()).key;
    inbox.store().forget(after_days(90) - 1);
    assert!(inbox.store().row(&lane).is_some());
    inbox.store().forget(after_days(90));
    assert_eq!(inbox.store().row(&lane), None);
}

#[test]
fn an_event_can_be_processed_on_a_runtime_with_threads() {
    fn is_send<T: Send>(_: T) {}
    async fn effect(_: &Lease<MemoryStore>) -> Result<(), &'static str> {
        Ok(())
    }
    let (inbox, _) = inbox();
    is_send(inbox.process(&event(), effect));
}

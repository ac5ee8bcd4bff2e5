//! Kills of the process at every step.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use user_events_backfill::{Message, Options, Segment};
use user_events_core::Outcome;
use user_events_testkit::rows;

use super::setup::{Setup, body};

/// A table of few rows in small pages, so that every step has its kill.
fn small(users: usize) -> Setup {
    let setup = Setup {
        options: Options {
            page_rows: 4,
            seed: Some(1),
            ..Options::default()
        },
        segments: Segment::all("accounts", 2),
        ..Setup::new()
    };
    setup.users(users);
    setup
}

/// The messages by their ids; the same id is always the same message, byte for byte.
fn distinct(messages: &[Message]) -> BTreeMap<String, Message> {
    let mut distinct: BTreeMap<String, Message> = BTreeMap::new();
    for message in messages {
        let known = distinct
            .entry(message.id.clone())
            .or_insert_with(|| message.clone());
        assert_eq!(known, message, "a repeated message differs");
    }
    distinct
}

fn assert_is_whole(setup: &Setup, wanted: &BTreeSet<String>, case: &str) {
    let mut sent = distinct(&setup.queue.accepted());
    let markers: Vec<_> = sent
        .values()
        .map(body)
        .filter(|event| event["type"] == "SnapshotCompletedEventV1")
        .collect();
    let [marker] = markers.as_slice() else {
        panic!("{case}: {} markers", markers.len())
    };
    sent.remove(marker["id"].as_str().unwrap());
    assert_eq!(sent.keys().cloned().collect::<BTreeSet<_>>(), *wanted, "{case}");
    assert_eq!(marker["data"]["events"], sent.len(), "{case}");
}

async fn wanted(users: usize) -> BTreeSet<String> {
    let setup = small(users);
    let completed = setup.run_to_the_end().await.unwrap();
    let mut sent = distinct(&setup.queue.accepted());
    sent.remove(&completed.marker);
    assert_eq!(sent.len(), users);
    sent.into_keys().collect()
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_step_changes_neither_the_events_nor_their_number() {
    let wanted = wanted(13).await;
    for after in [false, true] {
        for step in 1.. {
            let setup = small(13);
            setup.kill_at(step, after);
            let case = format!("killed at step {step}, after it: {after}");
            if setup.run_until_killed().await.is_some() {
                assert!(setup.survived() && step > 20, "{step} steps");
                break;
            }
            assert!(!setup.survived());
            // The table goes on while the process is down; what was saved is what is sent.
            setup
                .table("accounts")
                .put(&rows::with(rows::account("user-1"), json!({ "locale": "de-DE" })));
            setup.pass(std::time::Duration::from_secs(60));
            setup.run_to_the_end().await.unwrap();
            assert_is_whole(&setup, &wanted, &case);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_killed_again_and_again_comes_to_the_end() {
    let wanted = wanted(60).await;
    // Fewer steps are not enough to load the checkpoints, send a page of each segment, and save that.
    for every in 12..24 {
        let setup = small(60);
        let mut kills = 0;
        loop {
            setup.kill_at(every, kills % 2 == 0);
            // Some messages of each page fail first.
            setup.queue.then(|messages| {
                let outcome = |place| {
                    if place % 2 == 0 {
                        Outcome::Accepted
                    } else {
                        Outcome::Retryable
                    }
                };
                Ok((0..messages.len()).map(outcome).collect())
            });
            if setup.run_until_killed().await.is_some() {
                break;
            }
            kills += 1;
            assert!(kills < 200, "killed at every {every}th step, it does not end");
        }
        assert!(kills > 2, "{kills}");
        assert_is_whole(&setup, &wanted, &format!("killed at every {every}th step"));
    }
}

//! The engine of the backfill, with tables, a queue and checkpoints in memory and in virtual time: kills, failures, users who
//! have no events, rates, and what a run refuses.

mod kills;
mod refused;
mod setup;
mod users;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use user_events_backfill::{Cause, Counts, Failure, Filter, Options, Progress, RunError, Segment, UnfitRow};
use user_events_core::Outcome;
use user_events_testkit::{MemoryAccounts, TableCall, rows};

use setup::{Setup, body, users};

#[tokio::test(start_paused = true)]
async fn every_row_with_a_state_is_one_event_and_the_marker_counts_them() {
    let setup = Setup::new();
    for (table, row) in rows::all() {
        setup.table(table).put(&row);
    }
    let completed = setup.run_to_the_end().await.unwrap();
    let mut accepted = setup.queue.accepted();
    let marker = body(&accepted.pop().unwrap());
    assert_eq!(marker["id"], completed.marker);
    assert_eq!(marker["type"], "SnapshotCompletedEventV1");
    assert_eq!(marker["snapshotrun"], "run-1");
    assert_eq!(marker["data"]["events"], accepted.len());
    assert_eq!(marker["data"]["startedAt"], "2026-03-02T09:00:00.000Z");
    assert_eq!(
        marker["data"]["categories"],
        json!(["access", "account", "authentication", "profile"])
    );
    let types: BTreeSet<_> = accepted
        .iter()
        .map(|message| body(message)["type"].clone().to_string())
        .collect();
    assert_eq!(types.len(), accepted.len(), "{types:?}");
    // Two attempts have no state.
    assert_eq!((completed.counts.rows, completed.counts.stateless), (11, 2));
    assert_eq!(completed.counts.events, 9);
    assert_eq!(completed.counts.by_type.values().sum::<u64>(), 9);
    assert_eq!(completed.counts.capacity, 5.5);
    assert_eq!(completed.counts.unfit_rows(), 0);
    for message in &accepted {
        let event = body(message);
        assert_eq!(event["id"], message.id);
        assert_eq!(event["partitionkey"], message.group);
        assert_eq!(event["sequence"], format!("{:040}.0000", 0));
        let names: Vec<_> = message.attributes.iter().map(|text| text.name.as_str()).collect();
        assert!(names.starts_with(&["eventType"]), "{names:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_not_accepted_are_sent_again_and_others_are_not() {
    let setup = Setup::new();
    setup.users(25);
    setup.queue.then(|messages| {
        let outcome = |place: usize| match place % 3 {
            0 => Outcome::Accepted,
            1 => Outcome::Retryable,
            _ => Outcome::Suspect,
        };
        Ok((0..messages.len()).map(outcome).collect())
    });
    setup.queue.then_fails(Cause::Passing);
    // Silence about the last messages.
    setup
        .queue
        .then(|messages| Ok(vec![Outcome::Accepted; messages.len() / 2]));
    let completed = setup.run_to_the_end().await.unwrap();
    let accepted = setup.queue.accepted();
    let ids: BTreeSet<_> = accepted.iter().map(|message| &message.id).collect();
    assert_eq!(ids.len(), accepted.len(), "nothing was sent twice");
    assert_eq!(completed.counts.events, 25);
    assert_eq!(accepted.len(), 26);
    assert!(setup.queue.calls().iter().all(|messages| *messages <= 10));
}

#[tokio::test(start_paused = true)]
async fn a_row_that_does_not_fit_is_counted_and_named_and_stops_nothing() {
    #[derive(Default)]
    struct Named(Mutex<Vec<UnfitRow>>);
    impl Progress for Named {
        fn page(&self, _: &Segment, _: &Counts, _: &Counts) {}
        fn unfit(&self, row: &UnfitRow) {
            self.0.lock().unwrap().push(row.clone());
        }
    }
    let setup = Setup::new();
    setup.users(5);
    let accounts = setup.table("accounts");
    accounts.put(&rows::with(
        rows::account("user-2"),
        json!({ "createdAt": "yesterday" }),
    ));
    accounts.put(&rows::with(rows::account("user-3"), json!({ "email": null })));
    accounts.put(&rows::with(
        rows::account("user-4"),
        json!({ "email": "x".repeat(60_000) }),
    ));
    let named = Arc::new(Named::default());
    let backfill = setup.backfill().with_progress(named.clone());
    let ended = backfill
        .segments(&setup.segments, 4, &CancellationToken::new())
        .await
        .unwrap();
    assert!(ended.done);
    let completed = backfill.finish(&setup.segments).await.unwrap();
    assert_eq!(completed.counts.events, 2);
    assert_eq!(
        completed.counts.unfit,
        [
            ("class-too-large".to_owned(), 1),
            ("row-does-not-fit".to_owned(), 2)
        ]
        .into()
    );
    let rows = completed.unfit_rows;
    assert_eq!(*named.0.lock().unwrap(), rows);
    let keys: BTreeSet<_> = rows.iter().map(|row| row.keys["pk"].as_str()).collect();
    assert_eq!(keys, ["USER#user-2", "USER#user-3", "USER#user-4"].into());
    assert!(
        rows.iter()
            .all(|row| !row.reason.contains("yesterday") && row.table == "accounts")
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_is_in_memory_alone_and_is_no_larger_than_asked() {
    let setup = Setup {
        options: Options {
            page_rows: 7,
            ..Options::default()
        },
        ..Setup::new()
    };
    setup.users(100);
    setup.run_to_the_end().await.unwrap();
    let pages = setup.table("accounts").pages();
    assert!(pages.iter().all(|rows| *rows == 7));
    assert!(pages.len() >= 15, "{}", pages.len());
    // The checkpoint of a segment holds the messages of one page, and none at its end.
    for (name, json) in setup.checkpoints.largest() {
        let page: Value = serde_json::from_slice(&json).unwrap();
        assert!(
            page["page"].as_array().is_none_or(|messages| messages.len() <= 7),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn rows_are_read_no_faster_than_the_rate_over_all_segments() {
    let setup = Setup {
        options: Options {
            rate: Some(50),
            page_rows: 10,
            ..Options::default()
        },
        ..Setup::new()
    };
    setup.users(1_000);
    let begun = Instant::now();
    setup.run_to_the_end().await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    // The first page of 10 rows is free; empty pages at the ends of the segments give their rows back.
    assert!(
        (19.8..21.0).contains(&seconds),
        "{seconds} s for 1,000 rows at 50 a second"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_has_no_more_rows_than_the_rate_allows_in_a_second() {
    let setup = Setup {
        options: Options {
            rate: Some(3),
            ..Options::default()
        },
        ..Setup::new()
    };
    setup.users(9);
    setup.run_to_the_end().await.unwrap();
    assert!(setup.table("accounts").pages().iter().all(|rows| *rows == 3));
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_asked_too_often_is_asked_again_for_minutes_and_not_for_ever() {
    let throttled = || Failure::new(Cause::Throttled, "the table is busy");
    let setup = Setup {
        segments: Segment::all("accounts", 1),
        ..Setup::new()
    };
    setup.users(3);
    (0..60).for_each(|_| setup.table("accounts").fail(throttled()));
    let begun = Instant::now();
    setup.run_to_the_end().await.unwrap();
    assert!(begun.elapsed() > Duration::from_secs(120));

    let setup = Setup::new();
    setup.users(3);
    (0..10_000).for_each(|_| setup.table("accounts").fail(throttled()));
    let error = setup.run_to_the_end().await.unwrap_err();
    let RunError::Source { .. } = &error else {
        panic!("{error}")
    };
    for part in [
        "accounts",
        "the table is busy",
        "run-1",
        "goes on from its checkpoint",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_the_run_at_once_and_the_next_start_goes_on() {
    let setup = Setup::new();
    setup.users(40);
    let refused = Failure::new(Cause::Final, "the role may not read");
    setup.table("accounts").fail(refused);
    let begun = Instant::now();
    assert!(setup.run_to_the_end().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(1));
    setup
        .queue
        .then(|messages| Ok(vec![Outcome::Rejected; messages.len()]));
    let error = setup.run_to_the_end().await.unwrap_err();
    assert!(matches!(error, RunError::Queue { .. }), "{error}");
    let completed = setup.run_to_the_end().await.unwrap();
    assert_eq!(completed.counts.events, 40);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_counts_the_same_and_sends_and_saves_nothing() {
    let setup = Setup {
        options: Options {
            dry_run: true,
            ..Options::default()
        },
        ..Setup::new().sealing_for_persons()
    };
    setup.users(30);
    let ended = setup
        .backfill()
        .segments(&setup.segments, 4, &CancellationToken::new())
        .await
        .unwrap();
    assert!(ended.done);
    assert!(setup.queue.calls().is_empty() && setup.checkpoints.all().is_empty());
    let calls = setup.persons.take_calls();
    assert!(
        calls.iter().all(|call| matches!(call, TableCall::Read(_))),
        "{calls:?}"
    );
    let real = Setup {
        options: Options::default(),
        ..setup
    };
    let completed = real.run_to_the_end().await.unwrap();
    let without_bytes = |counts: Counts| Counts { bytes: 0, ..counts };
    assert_eq!(without_bytes(ended.counts), without_bytes(completed.counts));
}

#[tokio::test(start_paused = true)]
async fn only_wanted_events_are_sent() {
    let setup = Setup::new();
    for (table, row) in rows::all() {
        setup.table(table).put(&row);
    }
    setup.table("profiles").put(&rows::address("user-2"));
    let count = async |change: &dyn Fn(&mut Setup)| {
        let mut setup = setup.again();
        change(&mut setup);
        let completed = setup.run_to_the_end().await.unwrap();
        (completed.counts.events, completed.counts.unwanted)
    };
    let text = |text: &str| [text.to_owned()].into();
    assert_eq!(count(&|_| {}).await, (10, 0));
    // Rows of categories that are not wanted are not even looked at.
    assert_eq!(
        count(&|setup| setup.selection.categories = text("profile")).await,
        (4, 0)
    );
    assert_eq!(
        count(&|setup| setup.selection.types = text("UserAddressSnapshotEventV1")).await,
        (2, 8)
    );
    assert_eq!(
        count(&|setup| setup.selection.user = Some("user-2".to_owned())).await,
        (1, 9)
    );
    let filter = Filter(Arc::new(|event| event.body.contains("user-2")));
    assert_eq!(count(&|setup| setup.filter = Some(filter.clone())).await, (1, 9));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_goes_on_where_it_was() {
    let setup = Setup {
        options: Options {
            page_rows: 2,
            ..Options::default()
        },
        ..Setup::new()
    };
    setup.users(100);
    let (mut starts, mut rows) = (0, 0);
    loop {
        starts += 1;
        let stop = CancellationToken::new();
        let backfill = setup.backfill();
        let work = backfill.segments(&setup.segments, 2, &stop);
        tokio::pin!(work);
        let ended = tokio::select! {
            biased;
            ended = &mut work => ended,
            () = tokio::time::sleep(Duration::from_millis(10)) => {
                stop.cancel();
                work.await
            }
        };
        let ended = ended.unwrap();
        assert!(ended.counts.rows >= rows);
        rows = ended.counts.rows;
        if ended.done {
            break;
        }
        assert!(matches!(
            backfill.finish(&setup.segments).await,
            Err(RunError::NotDone { .. })
        ));
    }
    assert!(starts > 3, "{starts}");
    let completed = setup.backfill().finish(&setup.segments).await.unwrap();
    assert_eq!(completed.counts.events, 100);
    assert_eq!(users(&setup.queue.accepted()).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn the_marker_of_a_run_is_always_the_same() {
    let setup = Setup::new();
    setup.users(3);
    setup.run_to_the_end().await.unwrap();
    setup.pass(Duration::from_secs(3_600));
    setup.backfill().finish(&setup.segments).await.unwrap();
    let accepted = setup.queue.accepted();
    let [.., first, second] = accepted.as_slice() else {
        panic!("{} messages", accepted.len())
    };
    assert_eq!(first, second);
    // A marker of fewer segments would count too few events.
    let error = setup.backfill().finish(&setup.segments[1..2]).await.unwrap_err();
    assert!(matches!(error, RunError::Foreign { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn accounts_are_asked_for_together_and_once() {
    let setup = Setup::new();
    for place in 0..150 {
        let user = format!("user-{place}");
        for row in [rows::profile(&user), rows::address(&user), rows::consent(&user)] {
            setup.table("profiles").put(&row);
        }
    }
    let accounts = MemoryAccounts::new(setup.table("accounts"));
    let setup = Setup {
        accounts: accounts.clone(),
        segments: Segment::all("profiles", 1),
        ..setup
    };
    let completed = setup.run_to_the_end().await.unwrap();
    assert_eq!(completed.counts.without_account, 450);
    assert_eq!(accounts.reads().iter().sum::<usize>(), 150);
    assert!(accounts.reads().iter().all(|users| *users <= 100));
}

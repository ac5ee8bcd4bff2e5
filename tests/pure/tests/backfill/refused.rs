//! Checkpoints and segments that a run refuses.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use user_events_backfill::{RunError, Segment};

use super::setup::Setup;

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_something_else_is_refused_with_the_way_to_mend_it() {
    let setup = Setup {
        segments: Segment::all("accounts", 2),
        ..Setup::new()
    };
    setup.users(3);
    setup.run_to_the_end().await.unwrap();
    let name = "accounts/0-of-2";
    let saved = setup.checkpoints.all()[name].clone();
    let edited = |member: &str, value: Value| {
        let mut json: Value = serde_json::from_slice(&saved).unwrap();
        assert!(!json[member].is_null(), "{member}");
        json[member] = value;
        serde_json::to_vec(&json).unwrap()
    };
    for (json, problem, mend) in [
        (
            edited("version", json!(2)),
            "version 2, and this program reads version 1",
            "the program that wrote it",
        ),
        (
            edited("version", json!("1")),
            "no JSON of a checkpoint",
            "start a new run",
        ),
        (edited("run", json!("run-2")), "another run", "name that run"),
        (
            edited("table", json!("profiles")),
            "another segment",
            "the same number",
        ),
        (edited("segment", json!(1)), "another segment", "the same number"),
        (
            edited("of", json!(4)),
            "another number of segments",
            "the same number",
        ),
        (
            edited("selection", json!({ "categories": ["account"] })),
            "other categories",
            "go on with the same",
        ),
        (edited("counts", json!(1)), "members of it", "start a new run"),
        (
            saved[..saved.len() / 2].to_vec(),
            "no JSON of a checkpoint",
            "start a new run",
        ),
    ] {
        setup.checkpoints.put(name, json);
        let error = setup.run_to_the_end().await.unwrap_err();
        assert!(matches!(error, RunError::Foreign { .. }), "{error}");
        for part in [name, problem, mend] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    setup.checkpoints.put(name, saved);
    setup.run_to_the_end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_on_must_select_the_same() {
    let setup = Setup::new();
    setup.users(3);
    setup.run_to_the_end().await.unwrap();
    let mut other = setup.clone();
    other.selection.user = Some("user-1".to_owned());
    assert!(matches!(
        other.run_to_the_end().await,
        Err(RunError::Foreign { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_segment_of_an_unknown_table_is_refused() {
    let setup = Setup::new();
    let segment = &Segment::all("orders", 1)[0];
    let error = setup
        .backfill()
        .segment(segment, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(error, RunError::UnknownTable("orders".to_owned()));
}

//! The behaviour suite of the consumer libraries: its messages are made here, and the Rust library passes its scenarios.

mod messages;
mod run;
mod services;

use std::path::PathBuf;

use serde_json::Value;

use crate::support::root;

#[test]
fn the_messages_are_what_the_sealing_code_makes() {
    let text = format!(
        "{}\n",
        serde_json::to_string_pretty(&messages::messages().unwrap()).unwrap()
    );
    if std::env::var("VECTORS").is_ok_and(|mode| mode == "write") {
        std::fs::write(file(), text).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(file()).unwrap_or_default() == text,
        "tests/behaviour/events.json differs from what is sealed now; if that is intended, run VECTORS=write cargo test --test pure behaviour"
    );
}

#[tokio::test(start_paused = true)]
async fn the_consumer_in_rust_passes_every_scenario() {
    let text = std::fs::read_to_string(root().join("tests/behaviour/scenarios.json")).unwrap();
    let suite: Value = serde_json::from_str(&text).unwrap();
    let messages = messages::messages().unwrap();
    let scenarios = suite["scenarios"].as_array().unwrap();
    assert!(scenarios.len() >= 50);
    for scenario in scenarios {
        let run = run::Run::new(&suite, &messages, scenario);
        for step in scenario["steps"].as_array().unwrap() {
            run.step(step).await;
        }
        run.conclude(scenario);
    }
}

fn file() -> PathBuf {
    root().join("tests/behaviour/events.json")
}

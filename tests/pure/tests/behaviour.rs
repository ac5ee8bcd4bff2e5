//! The behaviour suite of the consumer libraries: its messages are made here, and the Rust library passes its scenarios.

mod messages;

use std::path::PathBuf;

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

fn file() -> PathBuf {
    root().join("tests/behaviour/events.json")
}

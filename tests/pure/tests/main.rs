//! The tests that need only the libraries: the golden messages, how changes become events, the publisher and the
//! consumer with simulated services in virtual time, and the house rules about the repository's files.
//!
//! Nothing here starts a program, opens a connection or links the command: `cargo test --test pure` takes
//! a few minutes once it is compiled, half of them for 100,000 simulated deliveries to a consumer. Tests that need more are in `tests/world`; a house rule checks that.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

use user_events_tests::{messages, registry, support};

mod backfill;
mod behaviour;
mod catalogue;
mod consumer;
mod derivation;
mod expiry;
mod fuzz_seeds;
mod golden;
mod house_rules;
mod kept;
mod keys;
mod late;
mod mapping;
mod mapping_language;
mod oddities;
mod open_values;
mod properties;
mod publishing;
mod redrive;
mod removals;
mod runbook;
mod scanned;
mod simulation;
mod subject_keys;
mod thin;
mod tombstones;
mod vectors;

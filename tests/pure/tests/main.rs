//! What the repository promises about itself, as far as the libraries alone can show it: the golden messages, how
//! changes become events, the publisher and the consumer over simulated services in virtual time, and the house rules
//! over the repository's files.
//!
//! Nothing here starts a program, opens a connection or links the command: `cargo test --test pure` takes
//! less than a minute once it is compiled. What needs more is in `tests/world`. A house rule guards the difference.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

use user_events_tests::{messages, registry, support};

mod catalogue;
mod consumer;
mod derivation;
mod fuzz_seeds;
mod golden;
mod house_rules;
mod oddities;
mod properties;
mod publishing;
mod redrive;
mod simulation;
mod thin;
mod vectors;

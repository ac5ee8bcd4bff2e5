//! What the two test binaries share. `pure/` holds the tests that need nothing but the libraries, `world/` those that
//! need the command, a local engine, another language or a nested build.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

pub mod messages;
pub mod registry;
pub mod support;

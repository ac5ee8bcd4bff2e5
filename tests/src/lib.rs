//! Code that both test binaries use. The tests in `pure/` need only the libraries; those in `world/` need the command,
//! a local engine, another language or a nested build.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

pub mod messages;
pub mod registry;
pub mod render;
pub mod support;

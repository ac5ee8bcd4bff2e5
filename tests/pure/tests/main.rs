//! What the repository promises about itself.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

mod adding;
mod asyncapi;
mod catalogue;
mod consumer;
mod derivation;
mod documents;
mod engine;
mod fault_matrix;
mod fuzz_seeds;
mod golden;
mod house_rules;
mod interop;
mod localstack;
mod node;
mod oddities;
mod parked;
mod properties;
mod publishing;
mod python;
mod real_binaries;
mod redrive;
mod samples;
mod simulation;
mod site;
mod subscriber_rules;
mod subscribers;
mod support;
mod tail;
mod template_rules;
mod thin;
mod vectors;
mod versions;

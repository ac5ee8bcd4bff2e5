//! The tests that need more than the libraries: the command and its output, the generated documents, the templates, the
//! versions of the schemas; the local engine, LocalStack, readers in other languages, a browser, nested builds.
//!
//! A test is skipped if its tool is missing, and the summary says so ([`tools`]). With `REQUIRE=all` it fails and says
//! what to install.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests; clippy.toml's allowance does not reach their helper functions"
)]

// In every module `#[test]` is this crate's attribute. A test with the built-in one would never run.
#[macro_use]
extern crate user_events_tests_macros;

use std::process::ExitCode;

use user_events_tests::{messages, registry, support};

mod adding;
mod alarms;
mod asyncapi;
mod backfill;
mod backfill_function;
mod backfill_stack;
mod cargo_rules;
mod catalog_model;
mod command_line;
mod consumer;
mod demo;
mod deployment_rules;
mod documents;
mod engine;
mod erasure;
mod fault_matrix;
mod harness;
mod interop;
mod late;
mod library;
mod localstack;
mod map;
mod mapped;
mod node;
mod other_account;
mod packages;
mod parked;
mod playground;
mod policies;
mod python;
mod real_binaries;
mod recording;
mod rendered;
mod replay;
mod sam_deploy;
mod samples;
mod site;
mod started;
mod subject_keys;
mod subscriber_commands;
mod subscriber_rules;
mod subscribers;
mod tail;
mod template_rules;
mod tools;
mod unwell;
mod vectors;
mod versions;
mod written;

fn main() -> ExitCode {
    started::as_command().unwrap_or_else(harness::run)
}

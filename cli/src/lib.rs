//! The command line of user-events, and what the integration tests use of it: the local engine, the
//! deployment of the project's own template, writes to the user tables, and the subscribers' side.

mod archive;
pub mod args;
pub mod build;
pub mod catalog;
pub mod clients;
mod clock;
pub mod console;
pub mod demo;
pub mod deploy;
pub mod differences;
pub mod engine;
pub mod expectation;
mod failure;
pub mod interrupt;
pub mod matching;
mod messages;
pub mod names;
pub mod open;
pub mod parked;
pub mod policy;
pub mod sample;
pub mod scaffold;
pub mod schemas;
pub mod story;
pub mod subscribe;
pub mod tail;
pub mod template;
pub mod toolchain;
pub mod validate;
pub mod workspace;
pub mod writes;

pub use args::run;

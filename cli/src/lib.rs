//! The `user-events` command, for consumers of the events and operators of the publisher. Needs no checkout.

mod args;
mod arn;
pub mod backfill;
pub mod catalog;
mod classes;
mod completions;
pub mod erase;
pub mod inbox;
pub mod look;
pub mod map;
pub mod matching;
mod messages;
pub mod names;
pub mod open;
mod parameter;
pub mod parked;
pub mod parsing;
pub mod playground;
pub mod printable;
pub mod replay;
pub mod sample;
pub mod scaffold;
pub mod schemas;
pub mod send;
pub mod shell;
mod stack;
#[cfg(test)]
mod stub;
pub mod subscribers;
mod table;
pub mod tail;
pub mod terminal;
pub mod trigger;
pub mod validate;

pub use args::run;

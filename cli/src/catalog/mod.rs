//! `user-events catalog`: what is published, in one model, and that model on a terminal.

mod cause;
mod command;
mod field;
mod listing;
pub mod model;
mod reading;

pub use command::{Options, run};

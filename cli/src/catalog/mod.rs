//! `user-events catalog`: what is published, in one model, and that model on a terminal.

mod command;
mod listing;
pub mod model;
mod reading;

pub use command::{Options, run};

//! The catalog of published events: a model for all documents about it, and `user-events catalog`, which prints it.

mod cause;
mod command;
mod field;
mod listing;
pub mod model;
mod reading;

pub use command::{Options, run};

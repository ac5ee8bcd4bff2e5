//! The catalog of published events: a model for all documents about it, and `user-events catalog`, which prints it.

mod cause;
mod command;
mod example;
mod field;
mod listing;
pub mod model;
mod reading;
mod schema_fields;
mod thin;

pub use command::{Options, run};

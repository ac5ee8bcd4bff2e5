//! The catalogue for people: what is published, in one model, and the documents that are written from it.

pub mod asyncapi;
mod command;
pub mod documents;
mod listing;
mod markdown;
pub mod model;
mod protection;
mod reading;
mod retention;
pub mod site;

pub use command::{Options, run, write};

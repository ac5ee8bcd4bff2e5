//! The catalogue for people: what is published, in one model, and the documents that are written from it.

pub mod model;
mod reading;

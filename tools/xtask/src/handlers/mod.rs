//! Handlers of every event in Python, TypeScript and Rust, as a team writes them with the consumer library.
//!
//! A published event becomes a row of an outbox, from which another process acts: an effect in DynamoDB is made in the
//! transaction that records the event. A snapshot event becomes the row that it describes. The handler of a thin event
//! passes the callback on.

mod compiled;
mod python;
mod rust;
mod rust_imports;
mod shape;
mod typescript;

use user_events::catalog::model::EventPage;

pub use compiled::{PATH, module};
use shape::Shape;

/// The handlers of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handlers {
    /// The module in Python.
    pub python: String,
    /// The module in TypeScript.
    pub typescript: String,
    /// The module in Rust.
    pub rust: String,
}

impl Handlers {
    /// The handlers of the event with its data.
    pub fn new(event: &EventPage) -> Self {
        Self::with_shape(&Shape::new(event))
    }

    /// The handlers of its thin form.
    pub fn thin(event: &EventPage) -> Self {
        Self::with_shape(&Shape::thin(event))
    }

    fn with_shape(shape: &Shape<'_>) -> Self {
        Self {
            python: python::module(shape),
            typescript: typescript::module(shape),
            rust: rust::module(shape),
        }
    }
}

//! A subscriber of user-events that writes welcome mails into an outbox.
//!
//! One transaction records an event as handled and writes its effects, so both happen once or not at all.

mod consumer;
mod effect;
mod failure;
mod log;
mod settings;

pub use consumer::Consumer;
pub use effect::{Effects, effects};
pub use failure::Failure;
pub use log::start_log;
pub use settings::{Missing, Settings};

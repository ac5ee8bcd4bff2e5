//! The welcome-mail outbox, a subscriber of user-events.
//!
//! Each event is claimed in the transaction that writes its effects, so both happen once or not at all.

mod consumer;
mod effect;
mod log;
mod settings;

pub use consumer::{Consumer, Failure};
pub use effect::{Effects, effects};
pub use log::start_log;
pub use settings::{Missing, Settings};

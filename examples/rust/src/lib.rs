//! A subscriber of user-events that writes welcome mails into an outbox.
//!
//! One transaction records an event as handled and writes its effects, so both happen once or not at all. Change
//! `effect.rs` to build your own subscriber.

mod effect;
mod settings;

pub use effect::effects;
pub use settings::{Missing, Settings};

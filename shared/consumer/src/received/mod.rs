//! An event as it was received.

mod attributes;
mod body;
mod classes;
mod delivery;
mod document;
mod error;
mod event;
mod form;
mod member;
#[cfg(any(feature = "lambda", feature = "worker"))]
mod messages;
mod piece;
mod sealed;

pub use attributes::Attributes;
pub use delivery::Delivery;
pub use error::ReceiveError;
pub use event::ReceivedEvent;
#[cfg(test)]
pub(crate) use event::event_of_type;
pub(crate) use sealed::{ClassMember, SealedRef};

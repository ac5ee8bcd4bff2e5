//! Envelopes: an event gets its identity and becomes the message that leaves.

pub(crate) mod document;
#[allow(
    clippy::module_inception,
    reason = "the stage and its main file are both named after the type"
)]
pub(crate) mod envelope;
pub(crate) mod message;
pub(crate) mod publication;
pub(crate) mod thin;
mod write;

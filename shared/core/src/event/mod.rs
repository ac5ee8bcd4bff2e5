//! Event types: what each declares, the registry of all, and the derivation of events from a change.

pub(crate) mod derivation;
pub(crate) mod derived;
#[allow(
    clippy::module_inception,
    reason = "the stage and its main file are both named after the trait"
)]
pub(crate) mod event;
pub(crate) mod guide;
pub(crate) mod known;
mod matching;
pub(crate) mod registry;
pub(crate) mod subject;
pub(crate) mod sunset;

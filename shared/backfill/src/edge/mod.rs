//! The edges of the engine, as traits: what a backfill reads, where it sends, what it remembers.

pub(crate) mod accounts;
pub(crate) mod checkpoints;
pub(crate) mod failure;
pub(crate) mod queue;
pub(crate) mod source;

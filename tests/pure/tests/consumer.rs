//! The consumer library over simulated queues in virtual time.

mod faults;
mod lambda;
mod oracle;
pub(crate) mod queue;
mod simulation;
mod snapshots;
mod worker;

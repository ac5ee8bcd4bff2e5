//! The consumer library over simulated queues in virtual time.

mod faults;
mod lambda;
mod oracle;
mod queue;
mod simulation;
mod snapshots;
mod worker;

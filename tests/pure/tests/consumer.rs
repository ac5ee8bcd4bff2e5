//! The consumer library: over simulated queues in virtual time, and over the local engine.

mod dynamo;
mod lambda;
mod oracle;
mod queue;
mod simulation;
mod sqs;
mod worker;

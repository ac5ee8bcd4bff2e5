//! The consumer library over the local engine.

mod conflicts;
mod dynamo;
mod retention;
mod sqs;

//! The consumer library over the local engine.

mod dynamo;
mod sqs;

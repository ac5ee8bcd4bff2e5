//! A stub on loopback of the services that a function calls: the Lambda Runtime API, SNS, KMS and SQS. It answers at once,
//! accepts everything and remembers it, unless a scenario has faults.

mod kms;
mod response;
mod router;
mod runtime_api;
mod server;
mod sns;
mod sqs;
mod state;

pub use server::Stub;
pub use state::{Answer, Calls, Published};

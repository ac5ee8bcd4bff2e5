//! A stub on loopback of the services that a function calls: the Lambda Runtime API, SNS, KMS, SQS and S3. It answers at
//! once, accepts everything and remembers it, unless a scenario has faults or a test chooses another behaviour.

mod behaviour;
mod dynamodb;
mod kms;
mod reading;
mod response;
mod router;
mod runtime_api;
mod s3;
mod server;
mod sns;
mod sqs;
mod state;

pub use behaviour::{Behaviour, Endpoint};
pub use server::Stub;
pub use state::{Answer, Calls, Published, Reading, StoredObject};

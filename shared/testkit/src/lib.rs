//! Test means of user-events: stream records and rows to build with, fakes for the edges of the handler, and a stub of
//! the Lambda runtime and the AWS services for the real binaries.

mod fakes;
mod faults;
mod process;
mod records;
pub mod rows;
pub mod simulator;
mod stub;

pub use fakes::{FixedKeys, MemoryParking, ScriptedTopics, fixed_data_key, fixed_nonce};
pub use process::FunctionProcess;
pub use records::{Record, attributes};
pub use stub::{Answer, Calls, Published, Stub};

//! Test means of user-events: stream records and rows to build with, fakes for the edges of the handler, and a stub of
//! the Lambda runtime and the AWS services for the real binaries.

mod fakes;
mod faults;
mod personal;
mod process;
mod records;
pub mod rows;
pub mod simulator;
mod stub;

pub use fakes::{FixedKeys, MemoryParking, ScriptedTopics};
pub use personal::{NEVER_READ, PERSONAL};
pub use process::FunctionProcess;
pub use records::Record;
pub use stub::{Answer, Calls, Published, Stub};
pub use user_events_core::attributes;

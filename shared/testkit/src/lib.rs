//! Test tools of user-events: builders for stream records and rows, fakes for the services of the handler, a stub of the
//! Lambda runtime and the AWS services for the real binaries, and a deterministic simulation of the publisher.

mod fakes;
mod personal;
mod process;
mod random;
#[cfg(doctest)]
mod readme;
mod records;
pub mod rows;
pub mod simulator;
mod stub;
mod subject_keys;
mod tables;
mod wire;

pub use fakes::{FixedKeys, MemoryParking, ScriptedTopics};
pub use personal::{NEVER_READ, PERSONAL};
pub use process::FunctionProcess;
pub use random::Random;
pub use records::Record;
pub use stub::{Answer, Behaviour, Calls, Endpoint, Published, Reading, StoredObject, Stub};
pub use subject_keys::{MemorySubjectKeys, TableCall};
pub use tables::{MemoryAccounts, MemoryQueue, MemoryTable};
pub use user_events_core::attributes;
pub use wire::run_binary;

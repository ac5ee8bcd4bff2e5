//! The event-source simulator: the real publisher under a stream's redeliveries and the services' faults, in virtual
//! time, from a seed; and the oracle that judges what came of it.
//!
//! No local engine imitates the failure rules of an event source mapping, so they are written down here, each after
//! its AWS page. The same seed gives the same run.

mod conclusion;
mod conduct;
mod document;
mod history;
mod kinds;
mod oracle;
mod plan;
mod poller;
mod random;
mod run;
mod scenario;
mod services;
mod shrink;
mod tally;
mod trace;
mod violation;
mod wire;
mod world;

pub(crate) use conduct::{Answer, KeyConduct, ParkingAnswer, Said};
pub use history::{End, Expected, Happening, Moment, Truth};
pub use kinds::{Kind, MAX_MESSAGE_BYTES};
pub use oracle::{Cause, Judgement, judge};
pub use plan::{Fault, FaultPlan, Outage, Service};
pub use poller::{Mapping, Next, POLL_INTERVAL, Poller, Reply, Waiting};
pub use run::{Run, run};
pub use scenario::{Planned, Scenario, Verdict};
pub use shrink::shrink;
pub use tally::Tally;
pub use violation::{Breach, Violation};
pub use wire::run_binary;
pub(crate) use world::World;

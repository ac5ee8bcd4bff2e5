//! Deterministic simulation of the publisher: the real code in virtual time, with the redeliveries of a stream and the
//! faults of the services, all generated from a seed. An oracle judges each run.
//!
//! No local engine imitates the failure rules of an event source mapping. The poller here follows them, each rule from
//! its AWS page. The same seed gives the same run.

mod conclusion;
mod conduct;
mod document;
mod fault;
mod generation;
mod giving_up;
mod history;
mod judge;
mod judgement;
mod kinds;
mod making;
mod marks;
mod memory;
mod oracle;
mod parking;
mod persons;
mod persons_table;
mod plan;
mod poison;
mod poller;
mod process;
mod readability;
mod run;
mod scenario;
mod seen_keys;
mod sending;
mod services;
mod shrink;
mod taking;
mod tally;
mod terms;
mod trace;
mod truth;
mod violation;
mod waiting;
mod world;

pub(crate) use conduct::{KeyConduct, ParkingAnswer, Said, TopicAnswer, Treatment};
pub use fault::{Fault, Manner, Service};
pub use history::{End, Expected, Happening, Moment, Truth};
pub use judge::{judge, judge_over_the_wire};
pub use judgement::{Cause, Judgement};
pub use kinds::{Kind, MAX_MESSAGE_BYTES, UNKNOWN_STATUS};
pub use plan::{FaultPlan, Outage};
pub use poller::{Mapping, Next, POLL_INTERVAL, Poller, Reply, Waiting};
pub use run::{Run, run};
pub use scenario::{Persons, Planned, Restore, Scenario, Verdict};
pub use shrink::shrink;
pub use tally::Tally;
pub use terms::Terms;
pub use violation::{Breach, Violation};
pub(crate) use world::World;

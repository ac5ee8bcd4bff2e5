//! A worker that polls a queue, for services outside Lambda.

mod backoff;
mod builder;
mod deletions;
mod held;
mod lane;
mod receiving;
mod run;
mod settings;
mod tally;
mod trouble;
mod turns;

pub use builder::Worker;
pub use settings::{WorkerSettings, WorkerSettingsError};
pub use tally::Worked;
pub use trouble::Trouble;

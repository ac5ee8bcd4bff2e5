//! The AWS edge of user-events: configuration, stream, keys, topics, parking, handler, report.
//!
//! A function's `main` is one call of [`run`] with the categories it publishes.

mod config;
mod handler;
mod keys;
mod parking;
#[cfg(feature = "redrive")]
mod redrive;
mod remembered;
mod report;
mod run;
mod stream;
mod topic;

pub use config::{Config, ConfigError};
pub use handler::Publisher;
pub use keys::{DataKeys, KeyLimits, KeySource, KeyUnavailable, KmsKeys};
pub use parking::{Parking, ParkingFailed, SqsParking};
#[cfg(feature = "redrive")]
pub use redrive::{
    Failures, FetchFailed, ParkedAgain, QueueMessage, QueueResponse, Redrive, S3Failures, queue_messages,
};
pub use report::Report;
#[cfg(feature = "redrive")]
pub use run::run_redrive;
pub use run::{StartError, run};
pub use stream::{BatchResponse, Malformed, records};
pub use topic::{SnsTopics, Topics, outcome_of_failed_call, outcomes};

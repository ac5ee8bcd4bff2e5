//! The AWS edge of user-events: everything that a Lambda function needs around the pure core.
//!
//! The `main` of a function is one call of [`run`] with the categories that it publishes.

mod backoff;
mod clock;
mod config;
mod handler;
mod invocation;
mod keys;
mod parking;
#[cfg(feature = "redrive")]
mod redrive;
mod remembered;
mod report;
mod response;
mod run;
mod stream;
mod topic;

pub use config::{Config, ConfigError};
pub use handler::Publisher;
pub use keys::{DataKeys, KeyLimits, KeySource, KeyUnavailable, KmsKeys};
pub use parking::{Parking, ParkingFailed, SqsParking};
#[cfg(feature = "redrive")]
pub use redrive::{Failures, FetchFailed, ParkedAgain, QueueMessage, Redrive, S3Failures, queue_messages};
pub use report::Report;
pub use response::BatchResponse;
#[cfg(feature = "redrive")]
pub use run::run_redrive;
pub use run::{StartError, run};
pub use stream::{Malformed, records};
pub use topic::{SnsTopics, Topics, outcome_of_failed_call, outcomes};

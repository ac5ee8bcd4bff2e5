//! The AWS edge of user-events: configuration, stream, keys, topics, parking, handler, report.
//!
//! A function's `main` is one call of [`run`] with the categories it publishes.

mod config;
mod handler;
mod keys;
mod parking;
mod remembered;
mod report;
mod run;
mod stream;
mod topic;

pub use config::{Config, ConfigError};
pub use handler::Publisher;
pub use keys::{DataKeys, KeyLimits, KeySource, KeyUnavailable, KmsKeys};
pub use parking::{Parking, ParkingFailed, SqsParking};
pub use report::Report;
pub use run::{StartError, run};
pub use stream::{BatchResponse, Malformed, records};
pub use topic::{SnsTopics, Topics};

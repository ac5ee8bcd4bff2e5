//! The AWS edge of user-events: everything that a Lambda function needs around the pure core.
//!
//! The `main` of a function is one call of [`run`], [`run_mapped`] or [`run_redrive`] with the categories that it publishes.

mod asked;
mod backoff;
mod bucket;
mod clock;
mod config;
mod drain;
mod environment;
mod handler;
mod invocation;
mod key_source;
mod keys;
mod kms;
mod limits;
mod log;
mod metrics;
mod parking;
mod persons;
mod publisher;
mod redrive;
mod remembered;
mod report;
mod response;
mod run;
mod stream;
mod subject_key_store;
mod subject_keys;
mod subject_table;
mod topic;

pub use backoff::Backoff;
pub use bucket::{Failures, FetchFailed, S3Failures};
pub use clock::now;
pub use config::Config;
pub use environment::{ConfigError, Environment};
pub use key_source::{KeyRequests, KeySource, KeyUnavailable};
pub use keys::{DataKeys, KeyLimits};
pub use kms::KmsKeys;
pub use limits::Limits;
pub use log::{LineLimit, install as install_log};
pub use parking::{AwsParking, Bucket, Parking, ParkingFailed};
pub use persons::{Person, Persons};
pub use publisher::Publisher;
pub use redrive::{QueueMessage, Redrive, queue_messages};
pub use report::{Report, SubjectKeyCounts};
pub use response::BatchResponse;
pub use run::{StartError, run, run_mapped, run_redrive};
pub use stream::{Malformed, records};
pub use subject_key_store::{MAX_READ, SubjectKeyStore, SubjectRow, SubjectRows, TableFailed};
pub use subject_table::DynamoSubjectKeys;
pub use topic::{SnsTopics, Topics, outcome_of_failed_call, outcomes};

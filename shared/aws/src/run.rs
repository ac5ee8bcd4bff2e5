//! Starting a function: configuration, clients, warm connections and keys, then the Lambda runtime.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use futures_util::future::join_all;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use thiserror::Error;
use tokio::time::Instant;
use user_events_core::{Category, Detail, Unnameable};

use crate::bucket::S3Failures;
use crate::clock::{milliseconds_since_1970, since_1970};
use crate::config::Config;
use crate::environment::ConfigError;
use crate::keys::DataKeys;
use crate::kms::KmsKeys;
use crate::limits::Limits;
use crate::log;
use crate::parking::{AwsParking, Bucket};
use crate::publisher::Publisher;
use crate::redrive::{Redrive, queue_messages};
use crate::report::Report;
use crate::stream::records;
use crate::subject_table::DynamoSubjectKeys;
use crate::topic::SnsTopics;

/// Longer than a healthy service takes, shorter than an invocation.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// A service that does not answer must not use up the start, which Lambda limits to 10 s (AWS Lambda Developer Guide,
/// *Lambda execution environment lifecycle*). Calls to that service then wait in the invocation.
const WARMING_LIMIT: Duration = Duration::from_secs(2);

/// Why a function did not start, or stopped.
#[derive(Debug, Error)]
pub enum StartError {
    /// The environment is not usable.
    #[error(transparent)]
    Config(ConfigError),
    /// The Lambda runtime gave up.
    #[error("the Lambda runtime gave up: {0}")]
    Runtime(lambda_runtime::Error),
}

/// An invocation that failed as a whole: an unsettled record has no sequence number to report.
#[derive(Debug, Error)]
#[error("a record without a sequence number could not be settled; the batch is delivered again whole")]
struct InvocationFailed;

/// Runs a function that publishes these categories from a stream, until Lambda stops it.
///
/// Fails when the environment is not usable.
pub async fn run(categories: &'static [&'static Category]) -> Result<(), StartError> {
    let config = Config::read(categories, variable).map_err(StartError::Config)?;
    run_with(categories, config).await
}

/// The same, for a function that can read the tables of a mapping.
///
/// Fails when the environment or the mapping is not usable.
pub async fn run_mapped(categories: &'static [&'static Category]) -> Result<(), StartError> {
    let config = Config::read_mapped(categories, variable).map_err(StartError::Config)?;
    run_with(categories, config).await
}

async fn run_with(categories: &'static [&'static Category], config: Config) -> Result<(), StartError> {
    let log = log::install();
    let margin = config.deadline_margin;
    let (publisher, _) = connect(categories, config).await;
    let publisher = Arc::new(publisher);
    serve(move |event| {
        let (publisher, log) = (Arc::clone(&publisher), log.clone());
        async move {
            let limits = limits(&event, margin);
            let records = records(&event.payload)?;
            let answer = publisher.handle(&records, limits).await;
            log.end_invocation();
            let (response, report) = answer.map_err(|Unnameable| InvocationFailed)?;
            print(&report, &event);
            Ok(serde_json::value::to_raw_value(&response)?)
        }
    })
    .await
}

/// Runs the function that publishes from the redrive queue, until Lambda stops it. It can read the tables of a mapping.
///
/// Fails when the environment or the mapping is not usable.
pub async fn run_redrive(categories: &'static [&'static Category]) -> Result<(), StartError> {
    let log = log::install();
    let config = Config::read_redrive(categories, variable).map_err(StartError::Config)?;
    let margin = config.deadline_margin;
    let (publisher, sdk) = connect(categories, config).await;
    // A failed read would cost the message one of its receives.
    let objects = aws_sdk_s3::config::Builder::from(&sdk).retry_config(RetryConfig::standard());
    let failures = S3Failures::new(aws_sdk_s3::Client::from_conf(objects.build()));
    let redrive = Arc::new(Redrive::new(publisher, failures));
    serve(move |event| {
        let (redrive, log) = (Arc::clone(&redrive), log.clone());
        async move {
            let messages = queue_messages(&event.payload)?;
            let (response, report) = redrive.handle(&messages, limits(&event, margin)).await;
            log.end_invocation();
            print(&report, &event);
            Ok(serde_json::value::to_raw_value(&response)?)
        }
    })
    .await
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn serve<F, R>(answer: F) -> Result<(), StartError>
where
    F: FnMut(LambdaEvent<Box<RawValue>>) -> R,
    R: Future<Output = Result<Box<RawValue>, lambda_runtime::Error>>,
{
    lambda_runtime::run(service_fn(answer))
        .await
        .map_err(StartError::Runtime)
}

/// A publisher that is connected to its services. It opens connections and fetches keys now, while Lambda gives the
/// function more processor time than in an invocation, so that the first invocation does not wait for them.
async fn connect(
    categories: &'static [&'static Category],
    config: Config,
) -> (Publisher<SnsTopics, AwsParking, KmsKeys>, SdkConfig) {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(CALL_TIMEOUT)
        .build();
    // The SDK's own retries are off: the publisher counts every attempt itself, and limits them by the time that is left.
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    let topics = SnsTopics::new(aws_sdk_sns::Client::new(&sdk), config.topic_arns.clone());
    let bucket = config.failure_bucket.clone();
    let parking = AwsParking::new(
        aws_sdk_sqs::Client::new(&sdk),
        config.parked_queue_url.clone(),
        bucket.map(|name| Bucket::new(name, sdk.clone())),
    );
    let source = KmsKeys::new(aws_sdk_kms::Client::new(&sdk), config.seal_key_arn.clone());
    let keys = DataKeys::new(source, config.key_limits);

    let mut classes: Vec<_> = match config.publication.detail {
        Detail::Thin(_) => Vec::new(),
        Detail::Fat => {
            let events = categories.iter().flat_map(|category| category.events);
            events.flat_map(|event| event.classes()).collect()
        }
    };
    classes.sort_unstable();
    classes.dedup();
    let mut publisher = Publisher::new(categories, config, topics, parking, keys);
    let table = publisher.config.subject_keys_table.clone();
    if let Some(table) = table.filter(|_| publisher.config.seals_for_persons) {
        let client = aws_sdk_dynamodb::Client::new(&sdk);
        publisher = publisher.with_subject_keys(DynamoSubjectKeys::new(client, table));
    }
    // If a key is unavailable now, the first event that needs it asks again.
    let fetch = classes.into_iter().map(|class| publisher.keys.fetch(class));
    let persons = async {
        if let Some(persons) = &publisher.subject_keys {
            persons.warm().await;
        }
    };
    let warming = futures_util::future::join3(publisher.topics.warm(), join_all(fetch), persons);
    if tokio::time::timeout(WARMING_LIMIT, warming).await.is_err() {
        tracing::warn!("a service did not answer while the function started");
    }
    (publisher, sdk)
}

/// When work must stop, so that the answer arrives in time.
fn limits(event: &LambdaEvent<Box<RawValue>>, margin: Duration) -> Limits {
    let left = Duration::from_millis(event.context.deadline).saturating_sub(since_1970());
    Limits::new(Instant::now() + left, margin)
}

/// Writes the report to standard output, which Lambda copies to the log.
fn print(report: &Report, event: &LambdaEvent<Box<RawValue>>) {
    let function = &event.context.env_config.function_name;
    let line = report.to_metrics(function, milliseconds_since_1970());
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        tracing::warn!("the report could not be written");
    }
}

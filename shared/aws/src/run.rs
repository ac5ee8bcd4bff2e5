//! Starting a function: configuration, clients, warm connections and keys, then the Lambda runtime.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use thiserror::Error;
use tokio::time::Instant;
use user_events_core::{Category, Detail, Unnameable};

use crate::clock::{milliseconds_since_1970, since_1970};
use crate::config::{Config, ConfigError};
use crate::handler::Publisher;
use crate::keys::{DataKeys, KmsKeys};
use crate::parking::SqsParking;
use crate::report::Report;
use crate::stream::records;
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
    let config = configure(categories)?;
    let margin = config.deadline_margin;
    let Edges {
        topics,
        parking,
        keys,
        ..
    } = Edges::connect(categories, &config).await;
    let publisher = Arc::new(Publisher::new(categories, config, topics, parking, keys));
    serve(move |event| {
        let publisher = Arc::clone(&publisher);
        async move {
            let deadline = deadline(&event, margin);
            let records = records(&event.payload)?;
            let answer = publisher.handle(&records, deadline).await;
            let (response, report) = answer.map_err(|Unnameable| InvocationFailed)?;
            print(&report, &event);
            Ok(serde_json::value::to_raw_value(&response)?)
        }
    })
    .await
}

/// Runs the function that publishes from the redrive queue, until Lambda stops it.
///
/// Fails when the environment is not usable.
#[cfg(feature = "redrive")]
pub async fn run_redrive(categories: &'static [&'static Category]) -> Result<(), StartError> {
    use crate::redrive::{ParkedAgain, Redrive, S3Failures, queue_messages};

    let mut config = configure(categories)?;
    config.publication.replay = true;
    let margin = config.deadline_margin;
    let Edges {
        sdk,
        topics,
        parking,
        keys,
    } = Edges::connect(categories, &config).await;
    let publisher = Publisher::new(categories, config, topics, ParkedAgain(parking), keys);
    let redrive = Arc::new(Redrive::new(
        publisher,
        S3Failures::new(aws_sdk_s3::Client::new(&sdk)),
    ));
    serve(move |event| {
        let redrive = Arc::clone(&redrive);
        async move {
            let messages = queue_messages(&event.payload)?;
            let (response, report) = redrive.handle(&messages, deadline(&event, margin)).await;
            print(&report, &event);
            Ok(serde_json::value::to_raw_value(&response)?)
        }
    })
    .await
}

fn configure(categories: &'static [&'static Category]) -> Result<Config, StartError> {
    tracing_subscriber::fmt()
        .json()
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
    Config::read(categories, |name| std::env::var(name).ok()).map_err(StartError::Config)
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

/// The services that a function is connected to.
struct Edges {
    #[cfg_attr(
        not(feature = "redrive"),
        allow(dead_code, reason = "only the redrive function reads a bucket")
    )]
    sdk: SdkConfig,
    topics: SnsTopics,
    parking: SqsParking,
    keys: DataKeys<KmsKeys>,
}

impl Edges {
    /// Builds the clients. It opens connections and fetches keys now, while Lambda gives the function more processor
    /// time than in an invocation, so that the first invocation does not wait for them.
    async fn connect(categories: &[&'static Category], config: &Config) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(CALL_TIMEOUT)
            .build();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .load()
            .await;
        let topics = SnsTopics::new(sns_client(&sdk), config.topic_arns.clone());
        let parking = SqsParking::new(aws_sdk_sqs::Client::new(&sdk), config.parked_queue_url.clone());
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
        // If a key is unavailable now, the first event that needs it asks again.
        let fetch = futures_util::future::join_all(classes.into_iter().map(|class| keys.warm(class)));
        let warming = futures_util::future::join(topics.warm(), fetch);
        if tokio::time::timeout(WARMING_LIMIT, warming).await.is_err() {
            tracing::warn!("a service did not answer while the function started");
        }
        Self {
            sdk,
            topics,
            parking,
            keys,
        }
    }
}

/// The SDK's own retries are off: the publisher counts every attempt itself, and limits them by the time that is left.
fn sns_client(sdk: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(sdk)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

/// When work must stop, so that the answer arrives in time.
fn deadline(event: &LambdaEvent<Box<RawValue>>, margin: Duration) -> Instant {
    let left = Duration::from_millis(event.context.deadline).saturating_sub(since_1970());
    Instant::now() + left.saturating_sub(margin)
}

/// Writes the report to standard output, which Lambda copies to the log.
fn print(report: &Report, event: &LambdaEvent<Box<RawValue>>) {
    let function = &event.context.env_config.function_name;
    let line = report.to_metrics(function, milliseconds_since_1970());
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        tracing::warn!("the report could not be written");
    }
}

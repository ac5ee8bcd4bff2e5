//! Starting a function: configuration, clients, warm connections and keys, then the Lambda runtime.

use std::fmt;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{Category, Detail, Unnameable};

use crate::config::{Config, ConfigError};
use crate::handler::Publisher;
use crate::keys::{DataKeys, KmsKeys};
use crate::parking::SqsParking;
use crate::report::Report;
use crate::stream::records;
use crate::topic::SnsTopics;

/// Longer than any of the three services takes when it is well, shorter than an invocation.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// A service that does not answer must not use up the start: Lambda allows 10 s for it (AWS Lambda Developer Guide,
/// *Lambda execution environment lifecycle*), and what needs that service waits for it in the invocation.
const WARMING_LIMIT: Duration = Duration::from_secs(2);

/// Why a function did not start, or stopped.
#[derive(Debug)]
pub enum StartError {
    /// The environment is not usable.
    Config(ConfigError),
    /// The Lambda runtime gave up.
    Runtime(lambda_runtime::Error),
}

/// An invocation that failed as a whole: an unsettled record has no sequence number to report.
#[derive(Debug)]
struct InvocationFailed;

/// Runs a function that publishes these categories from a stream, until Lambda ends it.
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

/// Runs the function that publishes from the redrive queue, until Lambda ends it.
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

/// What a function is connected to.
struct Edges {
    #[cfg_attr(
        not(feature = "redrive"),
        allow(dead_code, reason = "only the redrive reads a bucket")
    )]
    sdk: SdkConfig,
    topics: SnsTopics,
    parking: SqsParking,
    keys: DataKeys<KmsKeys>,
}

impl Edges {
    /// Builds the clients and does, while the function initialises, what the first invocation would wait for:
    /// Lambda gives more processor time now than later.
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
        // A key that cannot be had now is asked for again by the first event that needs it.
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

/// The SDK's own retries are off: a lane must know of every attempt, and the time left bounds them.
fn sns_client(sdk: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(sdk)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

/// When work must stop, so that the answer still arrives in time.
fn deadline(event: &LambdaEvent<Box<RawValue>>, margin: Duration) -> Instant {
    let left = Duration::from_millis(event.context.deadline).saturating_sub(since_1970());
    Instant::now() + left.saturating_sub(margin)
}

/// Writes the report to where Lambda takes log lines from.
fn print(report: &Report, event: &LambdaEvent<Box<RawValue>>) {
    let milliseconds = i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX);
    let line = report.to_metrics(&event.context.env_config.function_name, milliseconds);
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        tracing::warn!("the report could not be written");
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Runtime(error) => write!(f, "the Lambda runtime gave up: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl fmt::Display for InvocationFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a record without a sequence number could not be settled; the batch is delivered again whole",
        )
    }
}

impl std::error::Error for InvocationFailed {}

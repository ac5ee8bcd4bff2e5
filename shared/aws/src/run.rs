//! Starting a function: configuration, clients, warm connections and keys, then the Lambda runtime.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{Category, Unnameable};

use crate::config::{Config, ConfigError};
use crate::handler::Publisher;
use crate::keys::{DataKeys, KmsKeys};
use crate::parking::SqsParking;
use crate::stream::{BatchResponse, records};
use crate::topic::SnsTopics;

/// Longer than any of the three services takes when it is well, shorter than an invocation.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

type Function = Publisher<SnsTopics, SqsParking, KmsKeys>;

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

/// Runs a function that publishes these categories, until Lambda ends it.
///
/// Fails when the environment is not usable.
pub async fn run(categories: &'static [&'static Category]) -> Result<(), StartError> {
    tracing_subscriber::fmt()
        .json()
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
    let config = Config::read(categories, |name| std::env::var(name).ok()).map_err(StartError::Config)?;
    let margin = config.deadline_margin;
    let function = Arc::new(start(categories, config).await);
    let service = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let function = Arc::clone(&function);
        async move { invoke(&function, margin, event).await }
    });
    lambda_runtime::run(service).await.map_err(StartError::Runtime)
}

/// Builds the clients and does, while the function initialises, what the first invocation would wait for: Lambda
/// gives more processor time now than later.
async fn start(categories: &'static [&'static Category], config: Config) -> Function {
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

    let mut classes: Vec<_> = categories
        .iter()
        .flat_map(|category| category.events)
        .flat_map(|event| event.classes())
        .collect();
    classes.sort_unstable();
    classes.dedup();
    // A key that cannot be had now is asked for again by the first event that needs it.
    let fetch = futures_util::future::join_all(classes.into_iter().map(|class| keys.warm(class)));
    futures_util::future::join(topics.warm(), fetch).await;
    Publisher::new(categories, config, topics, parking, keys)
}

/// The SDK's own retries are off: a lane must know of every attempt, and the time left bounds them.
fn sns_client(sdk: &SdkConfig) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::config::Builder::from(sdk)
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

async fn invoke(
    function: &Function,
    margin: Duration,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<BatchResponse, lambda_runtime::Error> {
    let now = since_1970();
    let time_left = Duration::from_millis(event.context.deadline)
        .saturating_sub(now)
        .saturating_sub(margin);
    let records = records(&event.payload)?;
    let (response, report) = function
        .handle(&records, Instant::now() + time_left)
        .await
        .map_err(|Unnameable| InvocationFailed)?;
    let milliseconds = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let line = report.to_metrics(&event.context.env_config.function_name, milliseconds);
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        tracing::warn!("the report could not be written");
    }
    Ok(response)
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

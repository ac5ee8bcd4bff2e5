//! The AWS clients, all pointed at one endpoint.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use std::time::Duration;

/// The region that local engines know best.
pub const REGION: &str = "us-east-1";
/// Local engines take any key; this one belongs to nobody.
pub const ACCESS_KEY: &str = "test";
/// The secret that goes with it.
pub const SECRET_KEY: &str = "test";

/// One client per service.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Stacks.
    pub cloudformation: aws_sdk_cloudformation::Client,
    /// The user tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Opening what was sealed.
    pub kms: aws_sdk_kms::Client,
    /// What a deployment uploads.
    pub s3: aws_sdk_s3::Client,
    /// The topics.
    pub sns: aws_sdk_sns::Client,
    /// The subscribers' queues.
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// The clients of an endpoint. Nothing is read from the environment or from the user's AWS settings, so
    /// nothing can reach a real account by mistake.
    pub fn of(endpoint: &str) -> Self {
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local engine");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::standard())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(3))
                    .build(),
            )
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(true)
            .build();
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sns: aws_sdk_sns::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        }
    }
}

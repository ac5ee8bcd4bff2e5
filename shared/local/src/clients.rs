//! The AWS clients, all for one endpoint.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};

use crate::failure::chain;

/// The default region of local engines.
pub const REGION: &str = "us-east-1";
/// Local engines accept any key. This one is made up.
pub const ACCESS_KEY: &str = "test";
/// The secret that goes with it.
pub const SECRET_KEY: &str = "test";
/// No call takes longer than this, long polls included. A call that hangs is retried.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(30);

/// One client per service.
#[derive(Debug, Clone)]
pub struct Clients {
    /// CloudFormation, for stacks.
    pub cloudformation: aws_sdk_cloudformation::Client,
    /// CloudWatch, for the age of messages.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// DynamoDB, for the user tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// KMS, which decrypts data keys.
    pub kms: aws_sdk_kms::Client,
    /// S3, for what a deployment uploads.
    pub s3: aws_sdk_s3::Client,
    /// SNS, for the topics.
    pub sns: aws_sdk_sns::Client,
    /// SQS, for the queues.
    pub sqs: aws_sdk_sqs::Client,
    /// The parameter store, where a deployment publishes the ARNs that subscribers need.
    pub ssm: aws_sdk_ssm::Client,
}

impl Clients {
    /// The clients of an endpoint, with made-up credentials. They ignore the environment and the user's AWS settings, so
    /// they cannot reach a real account by mistake.
    pub fn from_endpoint(endpoint: &str) -> Self {
        Self::with_access_key(endpoint, ACCESS_KEY)
    }

    /// The same, of another account: local engines take an access key of twelve digits for the id of the account.
    pub fn of_account(endpoint: &str, account: &str) -> Self {
        Self::with_access_key(endpoint, account)
    }

    fn with_access_key(endpoint: &str, access_key: &str) -> Self {
        let credentials = Credentials::new(access_key, SECRET_KEY, None, None, "local engine");
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
        Self::from_config(&config)
    }

    /// The clients of a local engine if an endpoint is given, otherwise of the caller's AWS account.
    ///
    /// Fails when the caller has no region or no credentials; the error says how to fix it.
    pub async fn reach(endpoint: Option<&str>) -> Result<Self> {
        match endpoint {
            Some(endpoint) => Ok(Self::from_endpoint(endpoint)),
            None => Ok(Self::from_config(&config_of_the_caller().await?)),
        }
    }

    fn from_config(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(true)
            .build();
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sns: aws_sdk_sns::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            ssm: aws_sdk_ssm::Client::new(config),
        }
    }
}

/// The caller's own credentials and region: environment, profile, container or instance.
async fn config_of_the_caller() -> Result<SdkConfig> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(LONGEST_ATTEMPT)
                .build(),
        )
        .load()
        .await;
    if config.region().is_none() {
        bail!("no AWS region is set; set AWS_REGION, or AWS_PROFILE to a profile that has one");
    }
    let unusable = |why: String| {
        anyhow!(
            "no AWS credentials were found ({why}); set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. For a \
             profile that signs in through IAM Identity Center: eval \"$(aws configure export-credentials --format env)\""
        )
    };
    match config.credentials_provider() {
        None => return Err(unusable("none are configured".to_owned())),
        Some(provider) => provider
            .provide_credentials()
            .await
            .map_err(|error| unusable(chain(&error)))?,
    };
    Ok(config)
}

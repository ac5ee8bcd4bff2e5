//! Settings from the environment, and the consumer that they describe.

use std::fmt;

use aws_config::{BehaviorVersion, SdkConfig};
use user_events_consumer::{
    Consumer, DynamoStore, Inbox, InboxSettings, Opener, SettingsError, SqsDeadLetters, SqsQueue,
    SubjectKeyTable,
};

/// The settings of a consumer.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `CONSUMER_NAME`: the name of the consumer.
    pub name: String,
    /// `INBOX_TABLE`: the table of the inbox and the outbox.
    pub table: String,
    /// `SEAL_KEY_ARN`: the KMS key under which the publisher seals personal data; several are separated by commas.
    pub seal_key_arn: String,
    /// `SUBJECT_KEYS_TABLE`: the name or ARN of the publisher's table of persons' keys. `None` if it is not set, as for a
    /// publisher without such keys.
    pub subject_keys_table: Option<String>,
    /// `DEAD_LETTER_QUEUE_URL`: the queue of the messages that no retry can mend.
    pub dead_letter_queue_url: String,
    /// `QUEUE_URL`: the queue of the events.
    pub queue_url: String,
    /// `SNAPSHOT_QUEUE_URL`: the queue of the snapshot, for a subscriber that joins late. `None` if it is not set.
    pub snapshot_queue_url: Option<String>,
}

/// An environment variable that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl Settings {
    /// Reads the settings.
    ///
    /// Fails when a required variable is not set; the error names the first one.
    pub fn from_environment() -> Result<Self, Missing> {
        Ok(Self {
            name: variable("CONSUMER_NAME")?,
            table: variable("INBOX_TABLE")?,
            seal_key_arn: variable("SEAL_KEY_ARN")?,
            subject_keys_table: variable("SUBJECT_KEYS_TABLE").ok(),
            dead_letter_queue_url: variable("DEAD_LETTER_QUEUE_URL")?,
            queue_url: variable("QUEUE_URL")?,
            snapshot_queue_url: variable("SNAPSHOT_QUEUE_URL").ok(),
        })
    }

    /// The consumer, with the credentials and endpoints of the environment.
    ///
    /// Fails when the name is not allowed for an inbox.
    pub async fn connect(&self) -> Result<Consumer<DynamoStore>, SettingsError> {
        let config = self.config().await;
        let sqs = aws_sdk_sqs::Client::new(&config);
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let inbox = Inbox::new(
            DynamoStore::new(dynamodb.clone(), &self.table),
            InboxSettings::new(&self.name),
        )?;
        let mut opener = Opener::new(aws_sdk_kms::Client::new(&config), self.seal_key_arn.split(','));
        if let Some(table) = &self.subject_keys_table {
            opener = opener.with_subject_keys(SubjectKeyTable::new(dynamodb, table));
        }
        let mut consumer = Consumer::new(opener, inbox)
            .dead_letters(SqsDeadLetters::new(sqs.clone(), &self.dead_letter_queue_url))
            .queue(SqsQueue::new(sqs.clone(), &self.queue_url));
        if let Some(url) = &self.snapshot_queue_url {
            consumer = consumer.snapshot_queue(SqsQueue::new(sqs, url));
        }
        Ok(consumer)
    }

    /// The queue of the events and that of the snapshot, if there is one, for a consumer outside Lambda.
    pub async fn queues(&self) -> (SqsQueue, Option<SqsQueue>) {
        let sqs = aws_sdk_sqs::Client::new(&self.config().await);
        let queue = |url: &String| SqsQueue::new(sqs.clone(), url);
        (
            queue(&self.queue_url),
            self.snapshot_queue_url.as_ref().map(queue),
        )
    }

    async fn config(&self) -> SdkConfig {
        aws_config::load_defaults(BehaviorVersion::latest()).await
    }
}

fn variable(name: &'static str) -> Result<String, Missing> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(Missing(name))
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment variable {} is not set", self.0)
    }
}

impl std::error::Error for Missing {}

//! Handles one event, from its receipt to its effect.

use std::fmt;

use aws_config::BehaviorVersion;
use user_events_consumer::{
    Committed, DynamoStore, Inbox, InboxSettings, OpenFailure, Opener, ReadError, ReceivedEvent,
    SettingsError, StoreError,
};

use crate::{Settings, effects};

/// The parts that live longer than a batch: the clients, the cached data keys, the inbox.
#[derive(Debug)]
pub struct Consumer {
    opener: Opener,
    inbox: Inbox<DynamoStore>,
    table: String,
}

/// Why an event was not handled. No text quotes a value of the event.
#[derive(Debug)]
pub enum Failure {
    /// The event does not fit its type. No retry can help.
    Read(ReadError),
    /// A class could not be opened.
    Open(OpenFailure),
    /// The inbox did not answer.
    Store(StoreError),
    /// Another instance is handling the event.
    InProgress,
    /// DynamoDB refused a write of the effects, or a write lacks a required field.
    Incomplete,
}

impl Consumer {
    /// A consumer with the credentials and endpoints of the environment.
    ///
    /// Fails when the name is not allowed for an inbox.
    pub async fn connect(settings: &Settings) -> Result<Self, SettingsError> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let store = DynamoStore::new(aws_sdk_dynamodb::Client::new(&config), &settings.table);
        Ok(Self {
            opener: Opener::new(aws_sdk_kms::Client::new(&config)),
            inbox: Inbox::new(store, InboxSettings::new(&settings.name))?,
            table: settings.table.clone(),
        })
    }

    /// Handles an event once, however often it is delivered. Skips the effects of an event that arrives after a later
    /// one of its subject.
    ///
    /// Fails when the event must be delivered again.
    pub async fn handle(&self, event: ReceivedEvent) -> Result<(), Failure> {
        let effects = effects(&event, &self.opener, &self.table).await?;
        let mut committed = self.inbox.commit_in_order(&event, effects.writes).await?;
        if committed == Committed::Stale {
            committed = match self.inbox.commit(&event, Vec::new()).await? {
                Committed::Done => Committed::Stale,
                other => other,
            };
        }
        let outcome = match committed {
            Committed::Done => "done",
            Committed::Duplicate => "duplicate",
            Committed::Stale => "stale",
            Committed::InProgress => return Err(Failure::InProgress),
            Committed::EffectRefused(_) => return Err(Failure::Incomplete),
        };
        // Only names, never a value.
        tracing::info!(
            event = event.id(),
            r#type = event.event_type(),
            outcome,
            opened = effects.opened,
            denied = effects.denied,
        );
        Ok(())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<OpenFailure> for Failure {
    fn from(failure: OpenFailure) -> Self {
        Self::Open(failure)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Open(failure) => failure.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::InProgress => f.write_str("another instance is handling the event"),
            Self::Incomplete => f.write_str("a write of the effect was refused"),
        }
    }
}

impl std::error::Error for Failure {}

//! Handles one event, from its receipt to its effect.

use aws_config::BehaviorVersion;
use user_events_consumer::{
    Committed, DynamoStore, Inbox, InboxSettings, Opener, ReceivedEvent, SettingsError,
};

use crate::effect::effects;
use crate::failure::Failure;
use crate::settings::Settings;

/// The parts that live longer than a batch: the clients, the cached data keys, the inbox.
#[derive(Debug)]
pub struct Consumer {
    opener: Opener,
    inbox: Inbox<DynamoStore>,
    table: String,
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

//! Chooses the keys that open an event: those of a deployment, or the example key.

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use user_events_consumer::{Cause, KeyLimits, Opener, ReceivedEvent, UnwrapKey, Unwrapped, WrappedKey};
use user_events_core::description::sample_data_key;
use user_events_local::clients::Clients;
use zeroize::Zeroizing;

use super::event::{OpenedEvent, class_names, open};
use super::keys::KeyOptions;
use crate::parameter;

/// What is said about an event that the example key opened.
pub(crate) const BY_EXAMPLE_KEY: &str =
    "opened with the public example key of `user-events sample`: made-up data, and no event of a publisher";

/// Opens saved events. The example key is public, so only commands that look at saved messages accept it, and only if no
/// deployment is named.
#[derive(Debug)]
pub(crate) struct Openers<'o> {
    keys: &'o KeyOptions,
    stage: Option<&'o str>,
    endpoint: Option<&'o str>,
    deployment: Option<Opener>,
}

impl<'o> Openers<'o> {
    /// Nothing is looked up before the first event needs it.
    pub(crate) fn new(keys: &'o KeyOptions, stage: Option<&'o str>, endpoint: Option<&'o str>) -> Self {
        Self {
            keys,
            stage,
            endpoint,
            deployment: None,
        }
    }

    /// Opens the classes of an event.
    ///
    /// Fails when it has sealed classes, and there are no credentials or the deployment cannot be looked up.
    pub(crate) async fn open(&mut self, event: ReceivedEvent) -> Result<OpenedEvent> {
        if !self.names_a_deployment() && is_of_example_key(&event) {
            let opener = Opener::from_source(ExampleKey, [sample_data_key("").key_arn], KeyLimits::default());
            return Ok(OpenedEvent {
                by_example_key: true,
                ..open(Some(&opener), event).await
            });
        }
        // Events without sealed classes need no credentials.
        if self.deployment.is_none() && !class_names(&event).is_empty() {
            let clients = Clients::reach(self.endpoint).await?;
            let stage = parameter::stage(self.stage, self.endpoint);
            self.deployment = Some(self.keys.opener(&clients, stage).await?);
        }
        Ok(open(self.deployment.as_ref(), event).await)
    }

    fn names_a_deployment(&self) -> bool {
        self.stage.is_some() || self.endpoint.is_some() || self.keys.names_seal_key()
    }
}

/// Whether every sealed class of the event has the key of the examples.
fn is_of_example_key(event: &ReceivedEvent) -> bool {
    let mut sealed = event.sealed().peekable();
    sealed.peek().is_some()
        && sealed.all(|(class, member)| {
            let example = sample_data_key(class);
            member.key_arn == example.key_arn && member.data_key == example.wrapped
        })
}

/// Knows the key of the examples and no other.
struct ExampleKey;

impl UnwrapKey for ExampleKey {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        let example = sample_data_key(wrapped.class);
        if BASE64_STANDARD.encode(wrapped.bytes) != example.wrapped {
            return Err(Cause::OtherKey);
        }
        Ok(Unwrapped::Key(Zeroizing::new(example.plaintext.to_vec())))
    }
}

//! One event, opened.

use std::collections::BTreeMap;

use serde_json::Value;
use user_events_consumer::{Cause, Opened, Opener, ReceivedEvent};

/// An event with what became of its sealed classes.
#[derive(Debug)]
pub(crate) struct OpenedEvent {
    /// The event.
    pub(crate) event: ReceivedEvent,
    /// Its sealed classes by name.
    pub(crate) classes: BTreeMap<String, Class>,
}

/// What became of a sealed class.
#[derive(Debug, PartialEq)]
pub(crate) enum Class {
    /// What was sealed.
    Clear(Value),
    /// KMS denied the class to these credentials.
    NotGranted,
    /// It is not to be trusted, and no retry mends it: why.
    Refused(String),
    /// KMS could not be asked: why. It may pass.
    Failed(String),
    /// Nobody tried.
    Sealed,
}

/// Opens every sealed class, each by itself. Without an opener they stay sealed.
pub(crate) async fn open(opener: Option<&Opener>, event: ReceivedEvent) -> OpenedEvent {
    let names: Vec<_> = event.sealed().map(|(name, _)| name.to_owned()).collect();
    let mut classes = BTreeMap::new();
    for name in names {
        let class = match opener {
            None => Class::Sealed,
            Some(opener) => match opener.open_as::<Value>(&event, &name).await {
                Ok(Some(Opened::Clear(content))) => Class::Clear(content),
                Ok(Some(Opened::NotGranted)) => Class::NotGranted,
                Ok(None) => Class::Sealed,
                Err(failure) if failure.may_pass() => Class::Failed(told(&failure.cause)),
                Err(failure) => Class::Refused(told(&failure.cause)),
            },
        };
        classes.insert(name, class);
    }
    OpenedEvent { event, classes }
}

fn told(cause: &Cause) -> String {
    match cause {
        Cause::Refused(error) => error.to_string(),
        Cause::DoesNotFit => "its content is not JSON".to_owned(),
        Cause::Kms(Some(code)) => format!("KMS answered {code}"),
        Cause::Kms(None) => "KMS could not be asked; check the network, the region and --endpoint".to_owned(),
    }
}

impl OpenedEvent {
    /// Whether a class was refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.classes
            .values()
            .any(|class| matches!(class, Class::Refused(_)))
    }

    /// Whether KMS could not be asked for a class.
    pub(crate) fn is_failed(&self) -> bool {
        self.classes
            .values()
            .any(|class| matches!(class, Class::Failed(_)))
    }
}

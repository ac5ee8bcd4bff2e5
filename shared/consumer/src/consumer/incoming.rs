//! An event on its way through a consumer.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use user_events_core::Class;

use crate::failure::Failure;
use crate::handled::Classes;
use crate::opener::{Cause, Opened, Opener, UnwrapKey};
use crate::received::ReceivedEvent;

/// An event that a [`Consumer`](super::Consumer) handles, with the opener of its classes. It notes for the log which
/// classes were opened.
pub struct Incoming<'a, K> {
    event: ReceivedEvent,
    opener: &'a Opener<K>,
    classes: Mutex<Classes>,
}

impl<'a, K: UnwrapKey> Incoming<'a, K> {
    /// An event as a consumer passes it to its effects; public for tests of the effects.
    pub fn new(event: ReceivedEvent, opener: &'a Opener<K>) -> Self {
        Self {
            event,
            opener,
            classes: Mutex::default(),
        }
    }

    /// The event.
    pub fn event(&self) -> &ReceivedEvent {
        &self.event
    }

    /// Opens one class: `incoming.open::<Contact>()`. `None` if the event has no such class. A class that is not granted
    /// is a value, not a failure, unless the consumer requires it.
    ///
    /// Fails like [`Opener::open`], and when KMS denies a required class.
    pub async fn open<C: Class + DeserializeOwned>(&self) -> Result<Option<Opened<C>>, Failure> {
        self.open_as(C::NAME).await
    }

    /// Opens one class by its name, as JSON or as any type that can be deserialized from it.
    ///
    /// Fails like [`open`](Self::open).
    pub async fn open_as<C: DeserializeOwned>(&self, class: &str) -> Result<Option<Opened<C>>, Failure> {
        let opened = self.opener.open_as(&self.event, class).await;
        match &opened {
            Ok(None) => {}
            Ok(Some(Opened::Clear(_))) => note(&mut self.classes().opened, class),
            Ok(Some(Opened::Erased)) => note(&mut self.classes().erased, class),
            Ok(Some(Opened::NotGranted)) => note(&mut self.classes().denied, class),
            Err(failure) if failure.cause == Cause::NotGranted => note(&mut self.classes().denied, class),
            Err(_) => {}
        }
        Ok(opened?)
    }

    pub(super) fn take_classes(&self) -> Classes {
        std::mem::take(&mut *self.classes())
    }

    fn classes(&self) -> MutexGuard<'_, Classes> {
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A class that is opened twice is noted once.
fn note(classes: &mut Vec<String>, class: &str) {
    if !classes.iter().any(|noted| noted == class) {
        classes.push(class.to_owned());
    }
}

impl<K> fmt::Debug for Incoming<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

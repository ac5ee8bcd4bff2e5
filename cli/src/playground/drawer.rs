//! The parked queue: look, mend, redrive, discard.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use tokio::sync::watch;
use user_events_local::console::Console;

use super::place::Place;
use crate::parked::deployment::Deployment;
use crate::parked::mended::{ImageJson, Side, image, mended, read};
use crate::parked::outcome::Outcome;
use crate::parked::queues::Message;
use crate::parked::{Interrupt, SqsQueues, drawer, outcome};

/// How often the number of parked records is looked up.
const LOOK: Duration = Duration::from_secs(1);

/// The parked queue, and its messages when it was last read.
pub(super) struct Drawer {
    queues: SqsQueues,
    deployment: Deployment,
    seen: Mutex<Vec<Message>>,
}

impl Drawer {
    pub(super) fn new(place: &Place) -> Self {
        Self {
            queues: SqsQueues::new(
                place.clients.sqs.clone(),
                place.parked_url.clone(),
                Some(place.redrive_url.clone()),
            ),
            deployment: place.deployment.clone(),
            seen: Mutex::default(),
        }
    }

    /// A message that was there when the queue was last read. `None` if it was not, or is gone.
    fn message(&self, id: &str) -> Result<Message> {
        let found = self
            .seen()
            .iter()
            .find(|message| message.entry.message_id == id)
            .cloned();
        found.context("this message is no longer in the queue; read the queue again")
    }

    /// Reads the whole queue. Returns what the page shows of each message.
    ///
    /// Fails when it cannot be read.
    pub(super) async fn read(&self) -> Result<Vec<Value>> {
        let messages = drawer::read_all(&self.queues, &Interrupt::new(), &Console::silent()).await?;
        let shown = messages.iter().map(|message| self.shown(message)).collect();
        *self.seen() = messages;
        Ok(shown)
    }

    /// What a message becomes when it is redriven, as it is or with an edited image.
    ///
    /// Fails when the message is gone, and when the image cannot be used.
    pub(super) fn preview(&self, id: &str, row: Option<&str>) -> Result<Outcome> {
        let message = self.message(id)?;
        let body = row.map_or(Ok(message.body.clone()), |row| edited(&message, row))?;
        Ok(outcome::preview(&self.deployment, &body))
    }

    /// Sends a message to the redrive function, as it is or with an edited image.
    ///
    /// Fails when the message is gone, when the image cannot be used, and when a queue refuses.
    pub(super) async fn redrive(&self, id: &str, row: Option<&str>) -> Result<()> {
        let message = self.message(id)?;
        let body = row.map(|row| edited(&message, row)).transpose()?;
        drawer::redrive(
            &self.queues,
            &message,
            body,
            &Interrupt::new(),
            &Console::silent(),
        )
        .await?;
        self.forget(id);
        Ok(())
    }

    /// Deletes a message: its events are never published.
    ///
    /// Fails when the message is gone, and when the queue refuses.
    pub(super) async fn discard(&self, id: &str) -> Result<()> {
        let message = self.message(id)?;
        drawer::discard(&self.queues, &message, &Interrupt::new(), &Console::silent()).await?;
        self.forget(id);
        Ok(())
    }

    fn forget(&self, id: &str) {
        self.seen().retain(|message| message.entry.message_id != id);
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Message>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self, message: &Message) -> Value {
        let image =
            editable(message).map(|(_, image)| serde_json::to_string_pretty(&image).unwrap_or_default());
        json!({
            "id": message.entry.message_id,
            "since": message.entry.since(),
            "entry": message.entry,
            "image": image,
            "outcome": outcome::preview(&self.deployment, &message.body),
        })
    }
}

/// The image of a record that can be edited: the new one or, of a removal, the old one.
fn editable(message: &Message) -> Option<(Side, ImageJson)> {
    [Side::New, Side::Old]
        .into_iter()
        .find_map(|side| Some((side, image(&message.body, side).ok()?)))
}

/// The body of the message with the edited image.
fn edited(message: &Message, row: &str) -> Result<String> {
    let side = editable(message).map_or(Side::New, |(side, _)| side);
    mended(&message.body, side, &read(row)?)
}

/// Looks the number of parked records up from time to time, for as long as the page is served.
pub(super) async fn watch(place: &Place, parked: &watch::Sender<usize>) {
    loop {
        let attributes = place
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(&place.parked_url);
        let answer = attributes
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await;
        if let Ok(answer) = answer {
            let counts = answer.attributes.into_iter().flatten();
            let count = counts.filter_map(|(_, count)| count.parse::<usize>().ok()).sum();
            parked.send_if_modified(|before| std::mem::replace(before, count) != count);
        }
        tokio::time::sleep(LOOK).await;
    }
}

//! The parked queue: look, mend, redrive, discard.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use user_events_local::console::Console;

use super::Shared;
use super::place::Place;
use super::routes::{Answer, Refusal};
use crate::parked::deployment::Deployment;
use crate::parked::mended::{Side, image, mended, read};
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

#[derive(Deserialize)]
pub(super) struct Named {
    id: String,
    /// The image of the record as edited; without it, as it was parked.
    row: Option<String>,
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

    fn message(&self, id: &str) -> Result<Message, Refusal> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = seen.iter().find(|message| message.entry.message_id == id);
        found
            .cloned()
            .ok_or_else(|| Refusal::not_found("this message is no longer in the queue; read the queue again"))
    }

    fn forget(&self, id: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|message| message.entry.message_id != id);
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
fn editable(message: &Message) -> Option<(Side, crate::parked::mended::ImageJson)> {
    [Side::New, Side::Old]
        .into_iter()
        .find_map(|side| Some((side, image(&message.body, side).ok()?)))
}

/// The body of the message with the edited image.
fn edited(message: &Message, row: &str) -> anyhow::Result<String> {
    let side = editable(message).map_or(Side::New, |(side, _)| side);
    mended(&message.body, side, &read(row)?)
}

/// Reads the whole queue.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    let drawer = &shared.drawer;
    let messages = drawer::read_all(&drawer.queues, &Interrupt::new(), &Console::silent()).await?;
    let shown: Vec<_> = messages.iter().map(|message| drawer.shown(message)).collect();
    *drawer.seen.lock().unwrap_or_else(PoisonError::into_inner) = messages;
    Ok(Json(json!({ "messages": shown })))
}

/// What the record becomes as it was edited.
pub(super) async fn preview(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    let message = shared.drawer.message(&named.id)?;
    let body = match &named.row {
        Some(row) => edited(&message, row)?,
        None => message.body,
    };
    Ok(Json(json!(outcome::preview(&shared.drawer.deployment, &body))))
}

/// Sends the record to the redrive function, as it was parked or as it was edited.
pub(super) async fn redrive(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    let message = shared.drawer.message(&named.id)?;
    let body = named
        .row
        .as_deref()
        .map(|row| edited(&message, row))
        .transpose()?;
    drawer::redrive(
        &shared.drawer.queues,
        &message,
        body,
        &Interrupt::new(),
        &Console::silent(),
    )
    .await?;
    shared.drawer.forget(&named.id);
    Ok(Json(json!({})))
}

/// Deletes the record: its events are never published.
pub(super) async fn discard(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    let message = shared.drawer.message(&named.id)?;
    drawer::discard(
        &shared.drawer.queues,
        &message,
        &Interrupt::new(),
        &Console::silent(),
    )
    .await?;
    shared.drawer.forget(&named.id);
    Ok(Json(json!({})))
}

/// Looks the number of parked records up from time to time, for as long as the page is served.
pub(super) async fn watch(shared: &Shared) {
    let place = &shared.place;
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
            shared
                .parked
                .send_if_modified(|before| std::mem::replace(before, count) != count);
        }
        tokio::time::sleep(LOOK).await;
    }
}

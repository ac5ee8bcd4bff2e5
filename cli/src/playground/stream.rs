//! The page's stream of server-sent events (HTML Living Standard, *Server-sent events*): `arrived` for each event, `parked`
//! with the number of parked records.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::json;

use super::shared::Shared;

/// The header with which a browser continues after a lost connection.
const LAST_EVENT_ID: &str = "last-event-id";

/// The stream: all events that are kept, then each that arrives. A browser that lost the connection continues after its last.
pub(super) fn stream(
    shared: Arc<Shared>,
    headers: &HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let last = headers
        .get(LAST_EVENT_ID)
        .and_then(|id| id.to_str().ok()?.parse::<usize>().ok());
    let next = last.map_or(0, |last| last + 1);
    let arrived = stream::unfold(
        (shared.feed.changes(), next, shared.clone()),
        async |(mut changes, next, shared)| {
            loop {
                changes.mark_unchanged();
                if let Some(arrived) = shared.feed.at_or_after(next) {
                    let event = Event::default()
                        .event("arrived")
                        .id(arrived.place.to_string())
                        .data(arrived.json().to_string());
                    let next = arrived.place + 1;
                    return Some((event, (changes, next, shared)));
                }
                changes.changed().await.ok()?;
            }
        },
    );
    let mut counts = shared.parked.subscribe();
    counts.mark_changed();
    let parked = stream::unfold(counts, async |mut counts| {
        counts.changed().await.ok()?;
        let count = *counts.borrow_and_update();
        Some((
            Event::default()
                .event("parked")
                .data(json!({ "count": count }).to_string()),
            counts,
        ))
    });
    Sse::new(stream::select(arrived.boxed(), parked.boxed()).map(Ok))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

//! The requests of the page about the parked queue.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::refusal::Answer;
use super::shared::Shared;

#[derive(Deserialize)]
pub(super) struct Named {
    id: String,
    /// The image of the record as it was edited; without it, as it was parked.
    row: Option<String>,
}

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Json(json!({ "messages": shared.drawer.read().await? })))
}

pub(super) async fn preview(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    Ok(Json(json!(
        shared.drawer.preview(&named.id, named.row.as_deref())?
    )))
}

pub(super) async fn redrive(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    shared.drawer.redrive(&named.id, named.row.as_deref()).await?;
    Ok(Json(json!({})))
}

pub(super) async fn discard(State(shared): State<Arc<Shared>>, Json(named): Json<Named>) -> Answer {
    shared.drawer.discard(&named.id).await?;
    Ok(Json(json!({})))
}

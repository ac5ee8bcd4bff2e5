//! The requests of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};
use user_events_local::writes::perform;

use super::address::{Address, guard};
use super::assets::ASSETS;
use super::draft::Draft;
use super::policy::{self, Tried};
use super::refusal::{Answer, Refusal};
use super::shared::Shared;
use super::tamper::{self, Tampering};
use super::{copies, page, parked_routes, rows, stream, verdict};
use crate::open;

/// All requests of the page, behind the guard of its address.
pub(super) fn router(shared: Arc<Shared>, address: Address) -> Router {
    Router::new()
        .route("/", get(show_page))
        .route("/assets/{name}", get(asset))
        .route("/api/stream", get(follow))
        .route("/api/propose", post(propose))
        .route("/api/preview", post(preview))
        .route("/api/write", post(write))
        .route("/api/rows", post(list_rows))
        .route("/api/open", post(open_classes))
        .route("/api/tamper", post(tamper_with))
        .route("/api/copies", post(copy_as))
        .route("/api/match", post(match_policy))
        .route("/api/parked", post(parked_routes::list))
        .route("/api/parked/preview", post(parked_routes::preview))
        .route("/api/parked/redrive", post(parked_routes::redrive))
        .route("/api/parked/discard", post(parked_routes::discard))
        .layer(middleware::from_fn_with_state(address, guard))
        .with_state(shared)
}

async fn show_page(State(shared): State<Arc<Shared>>) -> Response {
    let html = page::page(&shared.place, &shared.presets.all());
    (
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        html.into_string(),
    )
        .into_response()
}

async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(own, ..)| *own == name) {
        Some((_, content_type, content)) => {
            ([(header::CONTENT_TYPE, *content_type)], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn follow(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    stream::stream(shared, &headers).into_response()
}

#[derive(Deserialize)]
struct Proposed {
    preset: String,
    user: String,
}

async fn propose(State(shared): State<Arc<Shared>>, Json(proposed): Json<Proposed>) -> Answer {
    let proposal = shared
        .presets
        .propose(&proposed.preset, &proposed.user, &shared.place)
        .await?;
    match proposal {
        Some(proposal) => Ok(Json(json!(proposal))),
        None => Err(Refusal::not_found("there is no such preset")),
    }
}

async fn preview(State(shared): State<Arc<Shared>>, Json(draft): Json<Draft>) -> Answer {
    let write = draft
        .write(shared.place.layout())
        .map_err(|misfits| Refusal::unusable(misfits.join("; ")))?;
    Ok(Json(json!(verdict::preview(&shared.place, &write).await?)))
}

async fn write(State(shared): State<Arc<Shared>>, Json(draft): Json<Draft>) -> Answer {
    let write = draft
        .write(shared.place.layout())
        .map_err(|misfits| Refusal::unusable(misfits.join("; ")))?;
    let previewed = verdict::preview(&shared.place, &write).await?;
    let number = shared.feed.write(&previewed.expected);
    let table = shared.place.deployed(&write.table)?;
    perform(&shared.place.clients.dynamodb, table, &write).await?;
    let mut answer = json!(previewed);
    answer["write"] = number.into();
    Ok(Json(answer))
}

#[derive(Deserialize)]
struct Listed {
    table: String,
}

async fn list_rows(State(shared): State<Arc<Shared>>, Json(listed): Json<Listed>) -> Answer {
    let found = rows::list(&shared.place, &listed.table).await?;
    Ok(Json(json!({ "rows": found })))
}

#[derive(Deserialize)]
struct Opening {
    places: Vec<usize>,
    denied: BTreeSet<String>,
}

/// Opens every class of the events, as `tail --open` does, and shows each as a line of `tail --json`.
async fn open_classes(State(shared): State<Arc<Shared>>, Json(opening): Json<Opening>) -> Answer {
    let opener = shared.openers.without(&opening.denied);
    let mut opened = BTreeMap::new();
    for place in opening.places {
        if let Some(event) = shared.feed.get(place).and_then(|arrived| arrived.event()) {
            opened.insert(place, line(&open::open(Some(&opener), event).await)?);
        }
    }
    Ok(Json(json!(opened)))
}

#[derive(Deserialize)]
struct Tampered {
    place: usize,
    class: String,
    how: Tampering,
}

async fn tamper_with(State(shared): State<Arc<Shared>>, Json(tampered): Json<Tampered>) -> Answer {
    let source = shared
        .feed
        .get(tampered.place)
        .and_then(|arrived| arrived.event());
    let source = source.ok_or_else(|| Refusal::not_found("this event is no longer kept"))?;
    let class = tampered.class.as_str();
    let changed = match tampered.how {
        Tampering::Flip => tamper::flipped(source.envelope(), class),
        Tampering::Move => shared
            .feed
            .all()
            .iter()
            .rev()
            .filter_map(|arrived| arrived.event())
            .find_map(|target| tamper::moved(source.envelope(), target.envelope(), class)),
    };
    let changed = changed.ok_or_else(|| match tampered.how {
        Tampering::Flip => Refusal::not_found("the event has no such encrypted class"),
        Tampering::Move => {
            Refusal::not_found("there is no other event to move the class to; make another write first")
        }
    })?;
    let event = user_events_consumer::ReceivedEvent::from_message_body(&changed.to_string());
    let event = event.map_err(|error| Refusal::unusable(error.to_string()))?;
    let opener = shared.openers.without(&BTreeSet::new());
    let mut opened = open::open(Some(&opener), event).await;
    opened.classes.retain(|name, _| name == class);
    Ok(Json(line(&opened)?))
}

#[derive(Deserialize)]
struct Copied {
    place: usize,
}

async fn copy_as(State(shared): State<Arc<Shared>>, Json(copied): Json<Copied>) -> Answer {
    let arrived = shared.feed.get(copied.place);
    let event = arrived.as_ref().and_then(|arrived| arrived.event());
    let (Some(arrived), Some(event)) = (arrived, event) else {
        return Err(Refusal::not_found("this event is no longer kept"));
    };
    let classes: Vec<_> = event.sealed().map(|(class, _)| class).collect();
    let copies = copies::of_event(
        &shared.place,
        &arrived.message.category,
        event.event_type(),
        event.subject(),
        &classes,
    );
    Ok(Json(json!({ "copies": copies })))
}

async fn match_policy(State(shared): State<Arc<Shared>>, Json(tried): Json<Tried>) -> Answer {
    let judged = policy::judge(&tried, &shared.feed);
    let judged = judged.map_err(Refusal::unusable)?;
    Ok(Json(json!({ "judged": judged })))
}

/// A line of `tail --json`.
fn line(opened: &open::OpenedEvent) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&open::json(opened)?)?)
}

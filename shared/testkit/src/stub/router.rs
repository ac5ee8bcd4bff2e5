//! Accepts connections and passes each request to its service.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::dynamodb::{batch_get_item, get_item, put_item};
use super::kms::generate_data_key;
use super::reading::decrypt;
use super::response::Broken;
use super::runtime_api::{next_invocation, take_answer};
use super::s3::{get_object, put_object};
use super::sns::publish_batch;
use super::sqs::send_message;
use super::state::{State, lock};

pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // With this option, dropping a connection resets it, like a broken one. Without it, the connection would close
        // normally.
        if stream.set_zero_linger().is_err() {
            continue;
        }
        let process = state.process();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, process, Arc::clone(&state)));
            // A function that was killed closes its connections in the middle of a call. That is not an error of the
            // stub.
            let served =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            drop(served.await);
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    process: u64,
    state: Arc<State>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    let target = head
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    Ok(match (&head.method, path.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => {
            next_invocation(&state, process).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, outcome]) => {
            take_answer(&state, id, outcome, &body)
        }
        (&Method::PUT, [bucket, key @ ..]) => {
            lock(&state.calls).store += 1;
            put_object(bucket, &key.join("/"), &body, process, &state).await
        }
        (&Method::GET, [bucket, key @ ..]) => get_object(bucket, &key.join("/"), &state).await,
        _ if target.ends_with(".GenerateDataKey") => {
            lock(&state.calls).keys += 1;
            generate_data_key(&body, &state).await
        }
        _ if target.ends_with(".Decrypt") => decrypt(&body, &state),
        _ if target.ends_with(".GetItem") => get_item(&body, &state),
        _ if target.ends_with(".BatchGetItem") => {
            lock(&state.calls).subject_keys += 1;
            batch_get_item(&body, &state).await
        }
        _ if target.ends_with(".PutItem") => {
            lock(&state.calls).subject_keys += 1;
            put_item(&body, &state).await
        }
        _ if target.ends_with(".SendMessage") => {
            lock(&state.calls).park += 1;
            send_message(&body, process, &state).await?
        }
        _ => publish_batch(&body, process, &state).await?,
    })
}

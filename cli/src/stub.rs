//! A server with given answers, in place of a service of AWS.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::net::TcpListener;

/// An answer of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static [u8],
}

/// A request that the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A running server.
pub(crate) struct Stub {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

type Shared = State<(Vec<Answer>, Arc<Mutex<Vec<Request>>>)>;

impl Request {
    /// A header; empty if the request does not have it.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(HeaderValue::to_str);
        value.and_then(Result::ok).unwrap_or_default()
    }
}

impl Stub {
    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Starts a server on a free port of the loopback interface. It gives these answers one after the other, and the last of them
/// again and again. It ends with the test.
pub(crate) async fn serve(answers: Vec<Answer>) -> Stub {
    let requests = Arc::default();
    let router = Router::new()
        .fallback(answer)
        .with_state((answers, Arc::clone(&requests)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    Stub { url, requests }
}

async fn answer(
    State((answers, requests)): Shared,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, &'static [u8]) {
    let number = {
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(Request { headers, body });
        requests.len().min(answers.len())
    };
    let answer = answers[number - 1];
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    (
        StatusCode::from_u16(answer.status).unwrap(),
        headers.collect(),
        answer.body,
    )
}

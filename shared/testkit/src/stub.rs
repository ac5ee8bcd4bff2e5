//! A stub on loopback of what a function talks to: the Lambda Runtime API, SNS, KMS and SQS. It answers at once, accepts
//! everything and remembers it.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// The stub, which runs until the value is dropped.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    state: Arc<State>,
    _runtime: tokio::runtime::Runtime,
}

/// An event that the stubbed topic accepted.
#[derive(Debug, Clone)]
pub struct Published {
    /// The message's body.
    pub body: String,
    /// The message attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// The FIFO message group.
    pub group: Option<String>,
    /// The FIFO deduplication id.
    pub deduplication_id: Option<String>,
}

/// What an invocation came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The function's JSON answer, or its error report.
    pub body: Value,
    /// The function reported an error instead of an answer.
    pub failed: bool,
    /// When the answer arrived.
    pub at: Instant,
}

/// How often each service was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// `PublishBatch`
    pub publish: usize,
    /// `GenerateDataKey`
    pub keys: usize,
    /// `SendMessage`
    pub park: usize,
    /// Anything else.
    pub other: usize,
}

impl Calls {
    /// All calls together.
    pub fn total(self) -> usize {
        self.publish + self.keys + self.park + self.other
    }
}

#[derive(Debug, Default)]
struct State {
    invocations: Mutex<VecDeque<(u64, String)>>,
    invoked: Notify,
    answers: Mutex<BTreeMap<u64, Answer>>,
    answered: Condvar,
    published: Mutex<Vec<Published>>,
    parked: Mutex<Vec<String>>,
    calls: Mutex<Calls>,
    next_id: Mutex<u64>,
}

impl Stub {
    /// Starts on a free port of the loopback interface.
    pub fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("no runtime for the stub")?;
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .context("no free port for the stub")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        runtime.spawn(serve(listener, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            _runtime: runtime,
        })
    }

    /// Where it answers: `127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Invokes the function with records and waits for its answer.
    ///
    /// Fails when there is none within the time limit.
    pub fn invoke(&self, records: &[Value], limit: Duration) -> Result<Answer> {
        self.invoke_with(&json!({ "Records": records }), limit)
    }

    /// Invokes the function with any payload and waits for its answer.
    ///
    /// Fails when there is none within the time limit.
    pub fn invoke_with(&self, payload: &Value, limit: Duration) -> Result<Answer> {
        let id = {
            let mut next = lock(&self.state.next_id);
            *next += 1;
            *next
        };
        lock(&self.state.invocations).push_back((id, payload.to_string()));
        self.state.invoked.notify_one();
        let deadline = Instant::now() + limit;
        let mut answers = lock(&self.state.answers);
        loop {
            if let Some(answer) = answers.remove(&id) {
                return Ok(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("the function gave no answer within {limit:?}");
            }
            answers = self
                .state
                .answered
                .wait_timeout(answers, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The events that were published, in order of arrival.
    pub fn published(&self) -> Vec<Published> {
        lock(&self.state.published).clone()
    }

    /// The bodies of the parked messages.
    pub fn parked(&self) -> Vec<String> {
        lock(&self.state.parked).clone()
    }

    /// How often each service was called.
    pub fn calls(&self) -> Calls {
        *lock(&self.state.calls)
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&state)));
            // A function that was ended closes its connections in the middle: nothing to do about it.
            let served =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            drop(served.await);
        });
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
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
    let response = match (&head.method, path.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next_invocation(&state).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, outcome]) => {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let answer = Answer {
                body,
                failed: *outcome == "error",
                at: Instant::now(),
            };
            lock(&state.answers).insert(id.parse().unwrap_or_default(), answer);
            state.answered.notify_all();
            json_response(&json!({}))
        }
        _ if target.ends_with(".GenerateDataKey") => {
            lock(&state.calls).keys += 1;
            data_key(&body)
        }
        _ if target.ends_with(".SendMessage") => {
            lock(&state.calls).park += 1;
            park(&body, &state)
        }
        _ => query(&body, &state),
    };
    Ok(response)
}

async fn next_invocation(state: &State) -> Response<Full<Bytes>> {
    let (id, payload) = loop {
        let invoked = state.invoked.notified();
        let next = lock(&state.invocations).pop_front();
        match next {
            Some(next) => break next,
            None => invoked.await,
        }
    };
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let deadline = (now + Duration::from_secs(60)).as_millis();
    Response::builder()
        .header("lambda-runtime-aws-request-id", id.to_string())
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:stubbed",
        )
        .body(Full::new(Bytes::from(payload)))
        .unwrap_or_default()
}

fn data_key(request: &[u8]) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let class = request["EncryptionContext"]["class"].as_str().unwrap_or_default();
    let key = crate::fixed_data_key(class);
    json_response(&json!({
        "KeyId": request["KeyId"],
        "Plaintext": BASE64_STANDARD.encode(key.plaintext.as_slice()),
        "CiphertextBlob": key.wrapped,
    }))
}

fn park(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    lock(&state.parked).push(request["MessageBody"].as_str().unwrap_or_default().to_owned());
    json_response(&json!({ "MessageId": "00000000-0000-4000-8000-000000000000" }))
}

/// SNS speaks the query protocol: a form in, XML out (Amazon SNS API Reference, *PublishBatch*).
fn query(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let form: BTreeMap<String, String> = form_urlencoded::parse(request).into_owned().collect();
    if form.get("Action").map(String::as_str) != Some("PublishBatch") {
        lock(&state.calls).other += 1;
        return Response::builder()
            .status(StatusCode::FORBIDDEN)
            .body(Full::default())
            .unwrap_or_default();
    }
    lock(&state.calls).publish += 1;
    let mut accepted = String::new();
    for place in 1.. {
        let prefix = format!("PublishBatchRequestEntries.member.{place}");
        let member = |name: &str| form.get(&format!("{prefix}.{name}")).cloned();
        let Some(id) = member("Id") else { break };
        let attribute = |number: usize| {
            let name = member(&format!("MessageAttributes.entry.{number}.Name"))?;
            Some((
                name,
                member(&format!("MessageAttributes.entry.{number}.Value.StringValue"))?,
            ))
        };
        lock(&state.published).push(Published {
            body: member("Message").unwrap_or_default(),
            attributes: (1..).map_while(attribute).collect(),
            group: member("MessageGroupId"),
            deduplication_id: member("MessageDeduplicationId"),
        });
        accepted.push_str(&format!(
            "<member><Id>{id}</Id><MessageId>m-{place}</MessageId></member>"
        ));
    }
    let xml = format!(
        r#"<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>{accepted}</Successful><Failed/></PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>"#
    );
    Response::builder()
        .header("content-type", "text/xml")
        .body(Full::new(Bytes::from(xml)))
        .unwrap_or_default()
}

fn json_response(body: &Value) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

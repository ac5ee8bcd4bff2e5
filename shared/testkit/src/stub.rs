//! A stub on loopback of what a function talks to: the Lambda Runtime API, SNS, KMS and SQS. It answers at once, accepts
//! everything and remembers it, unless a scenario's faults say otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::faults::{self, Broken};
use crate::simulator::{Moment, Scenario, World};

/// How long a function may take to start.
const INIT_LIMIT: Duration = Duration::from_secs(10);

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

/// What the connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: Arc<World>,
    pub(crate) published: Mutex<Vec<Published>>,
    pub(crate) parked: Mutex<Vec<String>>,
    pub(crate) calls: Mutex<Calls>,
    invocations: Mutex<VecDeque<(u64, String)>>,
    invoked: Notify,
    answers: Mutex<BTreeMap<u64, Answer>>,
    answered: Condvar,
    next_id: AtomicU64,
    /// The process that connects now.
    process: AtomicU64,
    /// The last process that asked for an invocation.
    ready: AtomicU64,
    function_timeout: Duration,
}

impl Stub {
    /// Starts on a free port of the loopback interface.
    pub fn start() -> Result<Self> {
        let patient = Scenario::default();
        Self::start_in(&patient)
    }

    /// Starts with the faults and the verdicts of a scenario, and with its function's timeout.
    pub fn start_in(scenario: &Scenario) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("no runtime for the stub")?;
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .context("no free port for the stub")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            world: Arc::new(World::new(scenario)),
            published: Mutex::default(),
            parked: Mutex::default(),
            calls: Mutex::default(),
            invocations: Mutex::default(),
            invoked: Notify::new(),
            answers: Mutex::default(),
            answered: Condvar::new(),
            next_id: AtomicU64::new(1),
            process: AtomicU64::new(1),
            ready: AtomicU64::new(0),
            function_timeout: scenario.mapping.function_timeout,
        });
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
        let id = self.begin(payload.to_string());
        match self.answer_within(id, limit) {
            Some(answer) => Ok(answer),
            None => bail!("the function gave no answer within {limit:?}"),
        }
    }

    /// Has a payload ready for the function, and gives the number of the invocation.
    pub fn begin(&self, payload: String) -> u64 {
        let id = self.state.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.state.invocations).push_back((id, payload));
        self.state.invoked.notify_one();
        id
    }

    /// The answer to an invocation, if the function gives it in time.
    pub fn answer_within(&self, id: u64, limit: Duration) -> Option<Answer> {
        let deadline = Instant::now() + limit;
        let mut answers = lock(&self.state.answers);
        loop {
            if let Some(answer) = answers.remove(&id) {
                return Some(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            answers = self
                .state
                .answered
                .wait_timeout(answers, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Another process takes the place of the one that has ended: what connects from now on is the new one, and gets
    /// none of the other's invocations.
    pub fn replace_process(&self) {
        let number = self.world().next_process();
        self.state.process.store(number, Ordering::Relaxed);
        lock(&self.state.invocations).clear();
    }

    /// The number of the process that connects now.
    pub fn process(&self) -> u64 {
        self.state.process.load(Ordering::Relaxed)
    }

    /// Waits until the process has started and asks for an invocation.
    ///
    /// Fails when it does not within the time that Lambda gives it (AWS Lambda Developer Guide, *Lambda execution
    /// environment lifecycle*).
    pub fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + INIT_LIMIT;
        while self.state.ready.load(Ordering::Relaxed) != self.process() {
            if Instant::now() > deadline {
                bail!("the function was not ready within {INIT_LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// What has happened since the last time that this was asked.
    pub fn take_history(&self) -> Vec<Moment> {
        self.world().take_history()
    }

    pub(crate) fn world(&self) -> &World {
        &self.state.world
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
        // A connection that is broken on purpose is reset; without it, it would be closed in order.
        if stream.set_zero_linger().is_err() {
            continue;
        }
        let process = state.process.load(Ordering::Relaxed);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, process, Arc::clone(&state)));
            // A function that was ended closes its connections in the middle: nothing to do about it.
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
    let response = match (&head.method, path.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => {
            next_invocation(&state, process).await
        }
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
            faults::data_key(&body, &state).await
        }
        _ if target.ends_with(".SendMessage") => {
            lock(&state.calls).park += 1;
            faults::park(&body, &state).await?
        }
        _ => faults::query(&body, process, &state).await?,
    };
    Ok(response)
}

async fn next_invocation(state: &State, process: u64) -> Response<Full<Bytes>> {
    state.ready.store(process, Ordering::Relaxed);
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
    let deadline = (now + state.function_timeout).as_millis();
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

pub(crate) fn json_response(body: &Value) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap_or_default()
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

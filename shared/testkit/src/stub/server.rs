//! The stub and its interface for tests.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::behaviour::{Behaviour, Endpoint};
use super::router::serve;
use super::state::{Answer, Calls, Published, Reading, State, StoredObject, lock};
use crate::simulator::{Moment, Scenario, World};

/// How long a function may take to start.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// A running stub; dropping it ends it.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    state: Arc<State>,
    _runtime: tokio::runtime::Runtime,
}

impl Stub {
    /// Starts without faults, on a free port of the loopback interface.
    pub fn start() -> Result<Self> {
        Self::start_in(&Scenario::default())
    }

    /// Starts with the faults, the verdicts and the function timeout of a scenario.
    pub fn start_in(scenario: &Scenario) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("the runtime of the stub does not start")?;
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .context("the stub finds no free port")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(scenario));
        runtime.spawn(serve(listener, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            _runtime: runtime,
        })
    }

    /// Starts without faults. An invocation has this time until its deadline.
    pub fn start_with_timeout(timeout: Duration) -> Result<Self> {
        let mut scenario = Scenario::default();
        scenario.mapping.function_timeout = timeout;
        Self::start_in(&scenario)
    }

    /// Makes a service treat every call like this from now on.
    pub fn behave(&self, endpoint: Endpoint, behaviour: Behaviour) {
        lock(&self.state.behaviours).set(endpoint, behaviour);
    }

    /// The address of all services: `127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Invokes the function with records and waits for its answer.
    ///
    /// Fails when no answer arrives within the time limit.
    pub fn invoke(&self, records: &[Value], limit: Duration) -> Result<Answer> {
        self.invoke_with(&json!({ "Records": records }), limit)
    }

    /// Invokes the function with any payload and waits for its answer.
    ///
    /// Fails when no answer arrives within the time limit.
    pub fn invoke_with(&self, payload: &Value, limit: Duration) -> Result<Answer> {
        let id = self.begin(payload.to_string());
        match self.answer_within(id, limit) {
            Some(answer) => Ok(answer),
            None => bail!("the function did not answer within {limit:?}"),
        }
    }

    /// Queues an invocation with this payload and returns its number.
    pub fn begin(&self, payload: String) -> u64 {
        self.state.invoke(payload)
    }

    /// Waits for the answer to an invocation. `None` if the function does not answer in time.
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

    /// Prepares for a new process after the last one has ended. New connections belong to it, and it gets none of the
    /// old process's invocations.
    pub fn replace_process(&self) {
        self.state.replace_process(self.world().next_process());
    }

    /// The number of the process that connects now.
    pub fn process(&self) -> u64 {
        self.state.process()
    }

    /// Waits until the process has started and asks for an invocation.
    ///
    /// Fails when it takes longer than Lambda allows (AWS Lambda Developer Guide, *Lambda execution environment
    /// lifecycle*).
    pub fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + INIT_LIMIT;
        while !self.state.is_ready() {
            if Instant::now() > deadline {
                bail!("the function did not ask for an invocation within {INIT_LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Takes the history since the last call.
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

    /// The objects in the buckets.
    pub fn objects(&self) -> Vec<StoredObject> {
        lock(&self.state.objects).clone()
    }

    /// Sets what readers of events are answered from now on.
    pub fn answer_readers(&self, reading: Reading) {
        *lock(&self.state.reading) = reading;
    }

    /// What readers of events are answered, and how often they asked.
    pub fn reading(&self) -> Reading {
        lock(&self.state.reading).clone()
    }

    /// How often each service was called.
    pub fn calls(&self) -> Calls {
        *lock(&self.state.calls)
    }
}

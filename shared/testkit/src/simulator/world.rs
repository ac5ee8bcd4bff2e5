//! The world around the processes of a run: virtual time, the fault plan, and the history.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::{Fault, Manner, Service};
use super::history::{Happening, Moment};
use super::persons_table::Table;
use super::plan::FaultPlan;
use super::scenario::{Scenario, Verdict};
use crate::random::mix;

/// The state that the processes, the services and the pollers of a run share.
#[derive(Debug)]
pub(crate) struct World {
    start: Instant,
    plan: FaultPlan,
    verdicts: BTreeMap<String, Verdict>,
    noted: Mutex<Noted>,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Noted {
    history: Vec<Moment>,
    attempts: BTreeMap<u64, u64>,
    calls: u64,
    processes: u64,
}

impl World {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            start: Instant::now(),
            plan: scenario.faults.clone(),
            verdicts: scenario.verdicts(),
            noted: Mutex::default(),
            table: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.start + at
    }

    pub(crate) fn note(&self, what: Happening) {
        let at = self.now();
        self.noted().history.push(Moment { at, what });
    }

    /// The fault target of the next attempt at an action.
    pub(crate) fn attempt(&self, at: u64) -> u64 {
        let mut noted = self.noted();
        let attempts = noted.attempts.entry(at).or_default();
        *attempts += 1;
        mix(&[at, *attempts])
    }

    /// Whether the fault strikes this target. Notes the fault if it does.
    pub(crate) fn strikes(&self, fault: Fault, target: u64) -> bool {
        let number = self.plan.strikes(fault, target, self.now());
        if let Some(number) = number {
            self.note(Happening::Struck { fault, number });
        }
        number.is_some()
    }

    /// The number of the fault if it would strike this target. The caller notes the fault when it does.
    pub(crate) fn would_strike(&self, fault: Fault, target: u64) -> Option<u64> {
        self.plan.strikes(fault, target, self.now())
    }

    /// How the service behaves if it is down. Notes the outage if it is.
    pub(crate) fn outage(&self, service: Service) -> Option<Manner> {
        let (manner, number) = self.plan.outage(service, self.now())?;
        let fault = service.fault(manner);
        self.note(Happening::Struck { fault, number });
        Some(manner)
    }

    /// How the topic always refuses this event, if it does.
    pub(crate) fn verdict(&self, id: &str) -> Option<Verdict> {
        self.verdicts.get(id).copied()
    }

    /// How long the topic takes for a call without a fault; `None` if that differs from call to call.
    pub(crate) fn call_time(&self) -> Option<Duration> {
        self.plan.call_time
    }

    /// How long a slow answer to this target takes.
    pub(crate) fn slow(&self, target: u64) -> Duration {
        let most = self.plan.slowest.as_millis().max(1) as u64;
        Duration::from_millis(most / 8 + target % most)
    }

    /// When the faults end.
    pub(crate) fn calm_from(&self) -> Duration {
        self.plan.until
    }

    pub(crate) fn next_call(&self) -> u64 {
        let mut noted = self.noted();
        noted.calls += 1;
        noted.calls
    }

    pub(crate) fn next_process(&self) -> u64 {
        let mut noted = self.noted();
        noted.processes += 1;
        noted.processes
    }

    pub(crate) fn take_history(&self) -> Vec<Moment> {
        std::mem::take(&mut self.noted().history)
    }

    /// The table of persons' keys.
    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

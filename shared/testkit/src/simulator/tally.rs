//! Sums over many runs, and their table.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::Fault;
use super::judgement::Cause;
use super::run::Run;
use super::scenario::Scenario;
use super::violation::Breach;

/// Sums over runs.
#[derive(Debug, Default)]
pub struct Tally {
    runs: usize,
    records: usize,
    events: usize,
    poison: usize,
    invocations: usize,
    published: usize,
    parked: usize,
    stored: usize,
    given_up: usize,
    watched: usize,
    orders_broken: usize,
    sealed_for_persons: usize,
    erased: usize,
    unmarked: usize,
    copies: BTreeMap<Cause, usize>,
    faults: BTreeMap<Fault, usize>,
    duplicates: BTreeMap<Cause, usize>,
    violations: BTreeMap<Breach, usize>,
}

impl Tally {
    /// Adds a run.
    pub fn add(&mut self, scenario: &Scenario, run: &Run) {
        let judgement = &run.judgement;
        self.runs += 1;
        self.records += run.truths.len();
        self.events += run.truths.iter().map(|truth| truth.events.len()).sum::<usize>();
        self.poison += scenario.poison();
        self.invocations += judgement.invocations;
        self.published += judgement.published;
        self.parked += judgement.parked;
        self.stored += judgement.stored;
        self.given_up += judgement.given_up;
        self.watched += judgement.watched;
        self.orders_broken += judgement.orders_broken;
        self.unmarked += judgement.unmarked;
        self.sealed_for_persons += judgement.sealed_for_persons;
        self.erased += judgement.erased;
        for (cause, times) in &judgement.copies {
            *self.copies.entry(*cause).or_default() += times;
        }
        for (fault, times) in &judgement.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
        for (cause, times) in &judgement.duplicates {
            *self.duplicates.entry(*cause).or_default() += times;
        }
        for violation in &judgement.violations {
            *self.violations.entry(violation.breach).or_default() += 1;
        }
    }

    /// The number of runs.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The number of events that the records of all runs must cause.
    pub fn events(&self) -> usize {
        self.events
    }

    /// How often faults of any kind struck.
    pub fn faults(&self) -> usize {
        self.faults.values().sum()
    }

    /// How often this fault struck.
    pub fn struck(&self, fault: Fault) -> usize {
        self.faults.get(&fault).copied().unwrap_or_default()
    }

    /// How many events were published, and how many of them after a later one of their lane: with `replay`, and without.
    pub fn order(&self) -> (usize, usize, usize) {
        let marked = self.orders_broken.saturating_sub(self.unmarked);
        (self.published, marked, self.unmarked)
    }

    /// How many events were sealed with the key of a person, and how many persons were erased.
    pub fn persons(&self) -> (usize, usize) {
        (self.sealed_for_persons, self.erased)
    }

    /// The number of violations of any kind.
    pub fn violations(&self) -> usize {
        self.violations.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &dyn fmt::Display, number: usize| writeln!(f, "{name:<44} {number:>10}");
        line(&"runs", self.runs)?;
        line(&"records", self.records)?;
        line(&"  of them poison", self.poison)?;
        line(&"events that they are", self.events)?;
        line(&"  published", self.published)?;
        line(&"records parked", self.parked)?;
        line(&"  stored in the bucket of failures", self.stored)?;
        line(&"records given to OnFailure", self.given_up)?;
        line(&"events watched while KMS or SQS was unwell", self.watched)?;
        line(&"invocations", self.invocations)?;
        if self.erased + self.sealed_for_persons > 0 {
            line(&"deliveries sealed with a person's key", self.sealed_for_persons)?;
            line(&"persons erased", self.erased)?;
        }
        line(&"faults injected", self.faults())?;
        let with_persons = self.erased + self.sealed_for_persons > 0;
        let of_persons = Fault::OF_PERSONS.into_iter().filter(|_| with_persons);
        for fault in Fault::ALL.into_iter().chain(of_persons) {
            line(&format!("  {fault}"), self.struck(fault))?;
        }
        let known = self
            .violations
            .get(&Breach::NeedlessDuplicate)
            .copied()
            .unwrap_or_default();
        let duplicates = |cause| self.duplicates.get(&cause).copied().unwrap_or_default();
        line(&"duplicates", self.duplicates.values().sum())?;
        line(&"  after an unknown outcome", duplicates(Cause::UnknownOutcome))?;
        line(&"  after a crash", duplicates(Cause::Crash))?;
        line(&"  after a timeout", duplicates(Cause::Timeout))?;
        line(&"  after a replaced process", duplicates(Cause::NewInstance))?;
        line(&"  of known outcome", known.max(duplicates(Cause::KnownOutcome)))?;
        let copies = |cause| self.copies.get(&cause).copied().unwrap_or_default();
        line(&"copies of parked records", self.copies.values().sum())?;
        line(&"  after an unknown outcome", copies(Cause::UnknownOutcome))?;
        line(&"  after a crash", copies(Cause::Crash))?;
        line(&"  after a timeout", copies(Cause::Timeout))?;
        line(&"  after a replaced process", copies(Cause::NewInstance))?;
        line(&"  of known outcome", copies(Cause::KnownOutcome))?;
        line(&"orders broken by lane batching", self.orders_broken)?;
        for breach in Breach::ALL
            .into_iter()
            .filter(|breach| *breach != Breach::NeedlessDuplicate && *breach != Breach::ParkedTwice)
        {
            line(&breach, self.violations.get(&breach).copied().unwrap_or_default())?;
        }
        Ok(())
    }
}

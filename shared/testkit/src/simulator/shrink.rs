//! Shrinks a run that breaks a promise, as long as it still breaks the same promise.

use anyhow::Result;

use super::history::Happening;
use super::run::{Run, run};
use super::scenario::Scenario;
use super::violation::Breach;

/// The most runs that are tried.
const MOST_RUNS: usize = 600;

/// A smaller scenario that breaks the same promise, and its run. `None` if the scenario breaks no promise.
///
/// Fails like [`run`].
pub fn shrink(scenario: &Scenario) -> Result<Option<(Scenario, Run)>> {
    let whole = run(scenario)?;
    let Some(breach) = whole
        .judgement
        .violations
        .first()
        .map(|violation| violation.breach)
    else {
        return Ok(None);
    };
    let mut search = Search {
        breach,
        scenario: scenario.clone(),
        run: whole,
        runs: 0,
    };
    // After one step has removed something, another may be able to remove more.
    loop {
        let before = search.weight();
        search.plain_settings()?;
        search.fewer_records()?;
        search.fewer_faults()?;
        if search.weight() == before || search.runs >= MOST_RUNS {
            return Ok(Some((search.scenario, search.run)));
        }
    }
}

struct Search {
    breach: Breach,
    scenario: Scenario,
    run: Run,
    runs: usize,
}

impl Search {
    fn weight(&self) -> usize {
        self.run.truths.len() + self.struck().len() + self.run.history.len()
    }

    /// Whether a smaller scenario still breaks the promise. If so, it replaces the larger one.
    fn still_breaks(&mut self, smaller: Scenario) -> Result<bool> {
        self.runs += 1;
        let run = run(&smaller)?;
        let breaks = run
            .judgement
            .violations
            .iter()
            .any(|violation| violation.breach == self.breach);
        if breaks && self.runs <= MOST_RUNS {
            self.scenario = smaller;
            self.run = run;
        }
        Ok(breaks && self.runs <= MOST_RUNS)
    }

    fn plain_settings(&mut self) -> Result<()> {
        let simpler: [fn(&mut Scenario); 7] = [
            |scenario| scenario.shards = 1,
            |scenario| scenario.mapping.parallelization_factor = 1,
            |scenario| scenario.mapping.bisect = false,
            |scenario| scenario.mapping.window = std::time::Duration::ZERO,
            |scenario| (scenario.mapping.max_retries, scenario.mapping.max_age) = (None, None),
            |scenario| scenario.publish_concurrency = 1,
            |scenario| scenario.faults.outages.clear(),
        ];
        for change in simpler {
            let mut smaller = self.scenario.clone();
            change(&mut smaller);
            self.still_breaks(smaller)?;
        }
        Ok(())
    }

    fn fewer_records(&mut self) -> Result<()> {
        let mut piece = self.scenario.records.len().div_ceil(2);
        while piece > 0 {
            let mut from = 0;
            while from < self.scenario.records.len() && self.runs < MOST_RUNS {
                let mut smaller = self.scenario.clone();
                let until = (from + piece).min(smaller.records.len());
                smaller.records.drain(from..until);
                if !self.still_breaks(smaller)? {
                    from += piece;
                }
            }
            piece /= 2;
        }
        Ok(())
    }

    fn fewer_faults(&mut self) -> Result<()> {
        let mut piece = self.struck().len().div_ceil(2);
        while piece > 0 {
            let mut from = 0;
            while from < self.struck().len() && self.runs < MOST_RUNS {
                let struck = self.struck();
                let until = (from + piece).min(struck.len());
                let mut smaller = self.scenario.clone();
                smaller
                    .faults
                    .muted
                    .extend(struck.get(from..until).unwrap_or_default());
                if !self.still_breaks(smaller)? {
                    from += piece;
                }
            }
            piece /= 2;
        }
        Ok(())
    }

    /// The numbers of the faults that struck.
    fn struck(&self) -> Vec<u64> {
        let number = |what: &Happening| match what {
            Happening::Struck { number, .. } => Some(*number),
            _ => None,
        };
        let mut numbers: Vec<_> = self
            .run
            .history
            .iter()
            .filter_map(|moment| number(&moment.what))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

//! `cargo soak` (deterministic simulation): many seeded runs of the simulator, and a table of the results.
//!
//! With `--seed` it runs only that seed, and shows what happened.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use user_events_testkit::simulator::{Scenario, Tally, run as simulate, shrink};

/// Simulate the publisher under seeded faults, and judge every run
#[derive(Debug, Args)]
pub struct Options {
    /// How many seeds to run
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// Run only this seed
    #[arg(long)]
    seed: Option<u64>,
    /// The minimum number of events, over all runs together
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Count how often `LaneBatching` breaks the order of a lane, at several rates of refused entries, instead
    #[arg(long)]
    lane_batching: bool,
    /// Seal with persons' keys, erase some of the persons, and disturb and restore the table of keys
    #[arg(long, conflicts_with = "lane_batching")]
    persons: bool,
}

impl Options {
    /// The scenario of a seed.
    fn scenario(&self, seed: u64, size: usize) -> Scenario {
        if self.persons {
            Scenario::with_persons(seed, size)
        } else {
            Scenario::from_seed(seed, size)
        }
    }
}

/// The state that all runs share.
#[derive(Default)]
struct Shared {
    next_seed: AtomicU64,
    tally: Mutex<Tally>,
    /// The first seeds that failed.
    failed: Mutex<Vec<Scenario>>,
}

/// Stops after this many failing seeds.
const ENOUGH_FAILURES: usize = 3;

/// Runs the simulations.
///
/// Fails when a run breaks a promise.
pub fn run(arguments: &Options) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if let Some(seed) = arguments.seed {
        show(
            &mut out,
            &arguments.scenario(seed, usize::try_from(arguments.events)?),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let size = usize::try_from(arguments.events.div_ceil(arguments.seeds.max(1)))?;
    if arguments.lane_batching {
        return order(&mut out, arguments.seeds, size);
    }
    let started = Instant::now();
    let shared = Shared::default();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let ended: Result<Vec<()>> = std::thread::scope(|scope| {
        let work = || work(&shared, arguments, size);
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(100));
            progress(&shared, arguments.seeds, started);
        }
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .map(|ended| ended.unwrap_or_else(|_| bail!("a run panicked")))
            .collect()
    });
    ended?;
    let tally = shared.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    writeln!(out, "{tally}")?;
    writeln!(out, "in {:.0} s", started.elapsed().as_secs_f64())?;
    let mut failed = shared.failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_by_key(|scenario| scenario.seed);
    for scenario in &failed {
        if let Some(violation) = simulate(scenario)?.judgement.violations.first() {
            writeln!(out, "seed {}: {violation}", scenario.seed)?;
        }
        writeln!(out, "replay it with: {}", scenario.command())?;
    }
    if failed.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        bail!("promises were broken")
    }
}

/// How many entries in a thousand the topic refuses, each in a line of the table.
const RATES: [u64; 5] = [0, 1, 10, 50, 150];

/// Prints how often lane batching breaks the order of a lane.
fn order(out: &mut impl Write, seeds: u64, size: usize) -> Result<ExitCode> {
    writeln!(
        out,
        "{:>20} {:>10} {:>14} {:>12} {:>10}",
        "refused per mille", "events", "orders broken", "per million", "unmarked"
    )?;
    for rate in RATES {
        let mut tally = Tally::default();
        for seed in 0..seeds {
            let scenario = Scenario::with_lane_batching(seed, size, rate);
            tally.add(&scenario, &simulate(&scenario)?);
        }
        if tally.violations() > 0 {
            bail!("promises were broken at a rate of {rate}:\n{tally}");
        }
        let (events, marked, unmarked) = tally.order();
        let broken = marked + unmarked;
        let per_million = broken as f64 * 1e6 / events.max(1) as f64;
        writeln!(
            out,
            "{rate:>20} {events:>10} {broken:>14} {per_million:>12.0} {unmarked:>10}"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn work(shared: &Shared, arguments: &Options, size: usize) -> Result<()> {
    loop {
        let seed = shared.next_seed.fetch_add(1, Ordering::Relaxed);
        let mut failed = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if seed >= arguments.seeds || failed.len() >= ENOUGH_FAILURES {
            return Ok(());
        }
        drop(failed);
        let scenario = arguments.scenario(seed, size);
        let run = simulate(&scenario)?;
        shared
            .tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(&scenario, &run);
        if !run.judgement.violations.is_empty() {
            failed = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.push(scenario);
        }
    }
}

/// Prints the progress to standard error, because the table goes to standard output.
fn progress(shared: &Shared, seeds: u64, started: Instant) {
    let tally = shared.tally.lock().unwrap_or_else(PoisonError::into_inner);
    let (runs, events, faults) = (tally.runs(), tally.events(), tally.faults());
    let seconds = started.elapsed().as_secs();
    // Failing to print the progress must not stop the simulation.
    drop(write!(
        std::io::stderr(),
        "\r{runs} of {seeds} runs, {events} events, {faults} faults, {seconds} s "
    ));
}

/// Runs one scenario. If it breaks a promise, also prints the smallest scenario that breaks one, with its full history.
fn show(out: &mut impl Write, scenario: &Scenario) -> Result<()> {
    let run = simulate(scenario)?;
    let mut tally = Tally::default();
    tally.add(scenario, &run);
    writeln!(out, "{tally}")?;
    let Some((smaller, smallest)) = shrink(scenario)? else {
        return Ok(());
    };
    for violation in &run.judgement.violations {
        writeln!(out, "{violation}")?;
    }
    let (records, fewer) = (scenario.records.len(), smaller.records.len());
    writeln!(
        out,
        "\nthe same with {fewer} of {records} records, {:?}:",
        smaller.mapping
    )?;
    writeln!(out, "{}", smallest)?;
    bail!("promises were broken")
}

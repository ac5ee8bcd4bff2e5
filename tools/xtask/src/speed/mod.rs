//! `cargo speed`: measures the release binary of the account function against a stub on loopback that answers at once.
//!
//! It also measures what a record costs in small and in large invocations, and while a service is not well: `scaling`.
//!
//! With `--mapping` it measures what a mapping costs instead: `mapping`; with `--subject-keys`, what persons' keys cost:
//! `subject_keys`; with `--backfill`, what a backfill costs: `backfill`.
//!
//! Only figures of the same run on the same machine can be compared.

mod backfill;
mod generated;
mod load;
mod mapping;
mod median;
mod price;
mod scaling;
mod size;
mod subject_keys;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use user_events_local::build::{self, Profile};
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;
use user_events_testkit::{FunctionProcess, Stub};

use load::{LIMIT, update};
use size::zipped_size;

const UPDATES: u64 = 1_000;
const RECORDS_PER_BATCH: usize = 100;
const ROUNDS: usize = 5;

/// Measure the functions: start, processor time, calls, memory, size
#[derive(Debug, Args)]
pub struct Options {
    /// Measure what a mapping costs: the function of all categories, with and without one
    #[arg(long, conflicts_with = "subject_keys")]
    mapping: bool,
    /// Measure what persons' keys cost: the account function, with and without them
    #[arg(long)]
    subject_keys: bool,
    /// Measure a backfill: rows per second of a core, memory by the size of the table, cost of a million rows
    #[arg(long, conflicts_with_all = ["mapping", "subject_keys"])]
    backfill: bool,
    /// Measure one table of this size and print it for the process that asked
    #[arg(long, hide = true, requires = "backfill")]
    rows: Option<u64>,
}

/// Builds the account function with the release profile, runs it, and prints the figures.
///
/// Fails when the function cannot be built, and when it does not settle (acknowledge) every record.
pub fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    if options.backfill {
        return backfill::run(options.rows);
    }
    if options.mapping {
        return mapping::run(workspace, console);
    }
    if options.subject_keys {
        return subject_keys::run(workspace, console);
    }
    let binary = build::function(workspace, "account", Profile::Release, console)?.binary;
    let mut out = std::io::stdout().lock();
    let mut figures = Figures::default();
    for round in 1..=ROUNDS {
        figures.take(&binary).with_context(|| format!("round {round}"))?;
    }
    writeln!(
        out,
        "{UPDATES} account updates with one sealed class, {RECORDS_PER_BATCH} records a batch, {ROUNDS} rounds"
    )?;
    writeln!(
        out,
        "                                      least     median       most   at most"
    )?;
    let milliseconds = |duration: &Duration| duration.as_secs_f64() * 1_000.0;
    figures.line(
        &mut out,
        "first response after start (ms)",
        &figures.first_response,
        milliseconds,
        80.0,
    )?;
    figures.line(&mut out, "processor time (ms)", &figures.cpu, milliseconds, 100.0)?;
    figures.line(
        &mut out,
        "AWS calls",
        &figures.calls,
        |calls| *calls as f64,
        110.0,
    )?;
    figures.line(
        &mut out,
        "peak memory (MB)",
        &figures.memory,
        |bytes| *bytes as f64 / 1e6,
        30.0,
    )?;
    let size = zipped_size(&binary)? as f64 / 1e6;
    writeln!(
        out,
        "{:<34} {size:>9.2} {size:>10.2} {size:>10.2} {:>9.0}",
        "deflated binary (MB)", 5.0
    )?;
    scaling::run(&binary, &mut out)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct Figures {
    first_response: Vec<Duration>,
    cpu: Vec<Duration>,
    calls: Vec<usize>,
    memory: Vec<u64>,
}

impl Figures {
    fn take(&mut self, binary: &Path) -> Result<()> {
        let stub = Stub::start()?;
        let function = FunctionProcess::start(binary, &stub, &[])?;
        // The first invocation has one record. Its duration is what a user waits for after a cold start.
        let answer = stub.invoke(&[update(UPDATES)], LIMIT)?;
        self.first_response
            .push(answer.at.duration_since(function.started()));
        let (cpu, calls) = (function.cpu()?, stub.calls());
        let updates: Vec<Value> = (0..UPDATES).map(update).collect();
        for batch in updates.chunks(RECORDS_PER_BATCH) {
            let answer = stub.invoke(batch, LIMIT)?;
            if answer.body != json!({ "batchItemFailures": [] }) {
                bail!("the function did not settle a batch: {}", answer.body);
            }
        }
        self.cpu.push(function.cpu()?.saturating_sub(cpu));
        self.calls.push(stub.calls().total() - calls.total());
        self.memory.push(function.peak_memory()?);
        if stub.published().len() as u64 != UPDATES + 1 {
            bail!(
                "{} events were published, but {} were expected",
                stub.published().len(),
                UPDATES + 1
            );
        }
        drop(function.end()?);
        Ok(())
    }

    fn line<T: Ord>(
        &self,
        out: &mut impl Write,
        name: &str,
        figures: &[T],
        number: impl Fn(&T) -> f64,
        at_most: f64,
    ) -> Result<()> {
        let mut sorted: Vec<&T> = figures.iter().collect();
        sorted.sort();
        let at = |place: usize| sorted.get(place).map(|figure| number(figure)).unwrap_or_default();
        let (least, median, most) = (at(0), at(sorted.len() / 2), at(sorted.len() - 1));
        writeln!(
            out,
            "{name:<34} {least:>9.1} {median:>10.1} {most:>10.1} {at_most:>9.0}"
        )?;
        Ok(())
    }
}

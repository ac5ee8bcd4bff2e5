//! What persons' keys cost: the account function without them, and with them for persons whom it meets for the first time
//! and whom it knows.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use user_events_local::build::{self, Profile};
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;
use user_events_testkit::{Calls, FunctionProcess, Stub};

use super::load::{LIMIT, update, update_of};
use super::median::median;

const RECORDS: u64 = 5_000;
const RECORDS_PER_BATCH: u64 = 100;
const ROUNDS: usize = 9;
/// A record of a person whose key is known costs at most this many times as much.
const MAX_RATIO: f64 = 1.25;
/// Connecting to the table delays the first response by at most this.
const MAX_DELAY_MS: f64 = 20.0;
/// What persons' keys add to the environment.
const TABLE: [(&str, &str); 1] = [("SUBJECT_KEYS_TABLE", "stubbed-subject-keys")];

/// What the rounds cost.
#[derive(Default)]
struct Costs {
    /// From the start of the process to the first response, in milliseconds.
    first_response: Vec<f64>,
    /// Processor time for each record, in microseconds: of persons who are met for the first time, and the same again.
    each: [Vec<f64>; 2],
    /// The calls for all records of the last round, likewise.
    calls: [Calls; 2],
}

/// Builds the account function with the release profile, and prints what persons' keys cost.
///
/// Fails when the function cannot be built, and when it does not publish every record.
pub(super) fn run(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let binary = build::function(workspace, "account", Profile::Release, console)?.binary;
    let (mut without, mut with) = (Costs::default(), Costs::default());
    // In turn, so that whatever else the machine does falls on both.
    for _ in 0..ROUNDS {
        without.take(&binary, &[]).context("SubjectKeys=off")?;
        with.take(&binary, &TABLE).context("SubjectKeys=on")?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{RECORDS} account updates of as many persons, one sealed class each, {RECORDS_PER_BATCH} records a batch, twice; \
         medians of {ROUNDS} rounds"
    )?;
    writeln!(
        out,
        "{:<36} {:>10} {:>10} {:>10}   at most",
        "SubjectKeys", "off", "on", ""
    )?;
    let (first_off, first_on) = (median(&without.first_response), median(&with.first_response));
    let delay = first_on - first_off;
    writeln!(
        out,
        "{:<36} {first_off:>10.1} {first_on:>10.1} {delay:>+10.1} {MAX_DELAY_MS:>9.1}",
        "first response after start (ms)"
    )?;
    for (place, (name, bound)) in [("new persons", None), ("known persons", Some(MAX_RATIO))]
        .into_iter()
        .enumerate()
    {
        let (off, on) = (median(&without.each[place]), median(&with.each[place]));
        let bound = bound.map(|bound| format!("{bound:.2}")).unwrap_or_default();
        writeln!(
            out,
            "{:<36} {off:>10.1} {on:>10.1} {:>10.2} {bound:>9}",
            format!("µs per record, {name}"),
            on / off
        )?;
        let per_thousand = |calls: usize| calls as f64 * 1_000.0 / RECORDS as f64;
        let (off, on) = (&without.calls[place], &with.calls[place]);
        let calls = [
            ("to the table", off.subject_keys, on.subject_keys),
            ("in all", off.total(), on.total()),
        ];
        for (which, off, on) in calls {
            writeln!(
                out,
                "{:<36} {:>10.0} {:>10.0}",
                format!("calls {which} per 1,000, {name}"),
                per_thousand(off),
                per_thousand(on)
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Costs {
    fn take(&mut self, binary: &Path, variables: &[(&str, &str)]) -> Result<()> {
        let stub = Stub::start()?;
        let function = FunctionProcess::start(binary, &stub, variables)?;
        // The first invocation has one record. Its duration is what a user waits for after a cold start.
        let answer = stub.invoke(&[update(2 * RECORDS)], LIMIT)?;
        let first = answer.at.duration_since(function.started());
        self.first_response.push(first.as_secs_f64() * 1e3);
        for (turn, (each, calls)) in self.each.iter_mut().zip(&mut self.calls).enumerate() {
            let (cpu, before) = (function.cpu()?, stub.calls());
            for batch in 0..RECORDS / RECORDS_PER_BATCH {
                // The second turn has the same persons, at later places of the stream.
                let persons = batch * RECORDS_PER_BATCH..(batch + 1) * RECORDS_PER_BATCH;
                let records: Vec<_> = persons
                    .map(|person| update_of(person, turn as u64 * RECORDS + person))
                    .collect();
                let answer = stub.invoke(&records, LIMIT)?;
                ensure!(
                    answer.body == json!({ "batchItemFailures": [] }),
                    "the function did not settle a batch: {}",
                    answer.body
                );
            }
            let cpu = function.cpu()?.saturating_sub(cpu);
            each.push(cpu.as_secs_f64() * 1e6 / RECORDS as f64);
            *calls = stub.calls().since(before);
        }
        let published = stub.published().len() as u64;
        ensure!(published == 2 * RECORDS + 1, "{published} events were published");
        drop(function.end()?);
        Ok(())
    }
}

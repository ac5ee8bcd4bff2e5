//! Reads the tables and sends what they hold, with the engine; or only counts.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use user_events_backfill::aws::Folder as Files;
use user_events_backfill::{
    Backfill, Completed, Counts, Ended, MemoryCheckpoints, Progress, Run, RunId, Segment,
};
use user_events_core::Time;
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{Interrupt, Interrupted};

use super::folder::Folder;
use super::meter::Meter;
use super::plan::Plan;
use super::price::{PRICES, Price};
use super::{edges, sums};
use crate::printable::printable;
use crate::replay::is_fifo;

/// How often progress is printed.
const EVERY: Duration = Duration::from_secs(10);
/// The run of a dry run, of which nothing is sent.
const DRY_RUN: &str = "dry-run";

/// A new id of a run: a UUID.
pub(super) fn new_run() -> String {
    let mut bytes = [0; 16];
    fastrand::fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Reads and sends everything, from the checkpoint on, and the marker.
///
/// Fails when a service refuses, and when the run is interrupted; the checkpoint is kept.
pub(super) async fn read(
    plan: &Plan<'_>,
    folder: &Folder,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<Completed> {
    let state = &folder.state;
    let checkpoints = Arc::new(Files::new(folder.path()));
    let run = run(&state.run, state.started_at)?;
    let backfill = edges::engine(plan, run, checkpoints);
    let segments = plan.segments();
    let mut before = Counts::default();
    for segment in &segments {
        if let Some(checkpoint) = backfill.checkpoint(segment).await? {
            before += &checkpoint.counts;
        }
    }
    progress.step(format_args!(
        "reading {}, {} rows per second at most",
        names(plan).join(", "),
        plan.options.rate
    ));
    let ended = work(plan, backfill, &segments, &before, progress, interrupt).await?;
    if !ended.1.done {
        return Err(Interrupted.into());
    }
    Ok(ended.0.finish(&segments).await?)
}

/// Reads everything and sends nothing. Prints counts and costs.
///
/// Fails when a table cannot be read, and when it is interrupted.
pub(super) async fn dry_run(
    plan: &Plan<'_>,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let backfill = edges::engine(
        plan,
        run(DRY_RUN, clock::now())?,
        Arc::new(MemoryCheckpoints::default()),
    );
    let segments = plan.segments();
    progress.step(format_args!(
        "reading {}, sending nothing",
        names(plan).join(", ")
    ));
    let (backfill, ended) = work(plan, backfill, &segments, &Counts::default(), progress, interrupt).await?;
    if !ended.done {
        return Err(Interrupted.into());
    }
    let counts = ended.counts;
    let is_fifo = is_fifo(&plan.subscriber.snapshot.arn);
    let price = Price::new(
        &counts,
        is_fifo,
        plan.options.rate.get(),
        backfill.classes().len(),
    );
    if plan.options.json {
        let mut line = sums::json(&counts);
        line["dryRun"] = json!(true);
        line["usDollars"] = json!({
            "reads": price.reads, "queue": price.queue, "keys": price.keys, "sum": price.sum(), "prices": PRICES,
        });
        out.line(printable(&line.to_string()));
        return Ok(ExitCode::SUCCESS);
    }
    sums::show(&counts, out);
    out.line(format_args!(
        "    about ${:.4}: ${:.4} to read, ${:.4} for the snapshot queue, ${:.4} for keys",
        price.sum(),
        price.reads,
        price.queue,
        price.keys
    ));
    out.line(format_args!("    {}", out.paint(Style::Faint, PRICES)));
    out.line("nothing was sent");
    Ok(ExitCode::SUCCESS)
}

fn run(id: &str, started_at: Time) -> Result<Run> {
    Ok(Run {
        id: RunId::try_from(id.to_owned())?,
        started_at,
    })
}

fn names<'p>(plan: &'p Plan<'_>) -> Vec<&'p str> {
    plan.tables()
        .into_iter()
        .map(|(table, _)| table.name.as_str())
        .collect()
}

/// Works on all segments, and prints how far that is. An interrupt stops it between two steps.
async fn work(
    plan: &Plan<'_>,
    backfill: Backfill,
    segments: &[Segment],
    before: &Counts,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<(Backfill, Ended)> {
    let meter = Arc::new(Meter::new(before, plan.expected_rows().await));
    let backfill = backfill.with_progress(Arc::clone(&meter) as Arc<dyn Progress>);
    let (stop, begun) = (CancellationToken::new(), Instant::now());
    let ended = {
        let work = backfill.segments(segments, plan.parallel(), &stop);
        tokio::pin!(work);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.tick().await;
        loop {
            tokio::select! {
                ended = &mut work => break ended,
                () = interrupt.raised(), if !stop.is_cancelled() => stop.cancel(),
                _ = ticks.tick() => progress.line(format_args!("    {}", meter.line(begun.elapsed()))),
            }
        }
    };
    progress.line(format_args!("    {}", meter.line(begun.elapsed())));
    match ended {
        Ok(ended) => Ok((backfill, ended)),
        Err(error) => bail!("{error}"),
    }
}

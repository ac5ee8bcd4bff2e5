//! What a backfill costs: rows per second of one core, memory by the size of the table, and money for a million rows.
//!
//! The table, the queue and the data keys are in memory; making, sealing and saving are real. Each size is a process of its
//! own, so that its peak memory is its own.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use user_events_aws::{DataKeys, KeyLimits, now};
use user_events_backfill::aws::Folder;
use user_events_backfill::{Backfill, Edges, Options, Run, RunId, Segment, Selection, Table};
use user_events_catalog::SNAPSHOTS;
use user_events_core::Publication;
use user_events_testkit::FixedKeys;

use super::generated::{Generated, Sink};
use super::price;

const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
const SEGMENTS: u32 = 4;
/// The largest table takes at most this many times the memory of the smallest.
const MAX_GROWTH: f64 = 1.25;

/// What one process measured.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    rows: u64,
    bytes: u64,
    capacity: f64,
    /// Processor time in seconds: in all, and of it the table's, which is not the engine's.
    all: f64,
    table: f64,
    peak_memory: u64,
}

/// Prints what a backfill costs. With `rows`, only measures a table of that size, for the process that started this one.
///
/// Fails when a process cannot be started, and when an event is missing.
pub(super) fn run(rows: Option<u64>) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if let Some(rows) = rows {
        writeln!(out, "{}", serde_json::to_string(&measure(rows)?)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(debug_assertions) {
        return optimised();
    }
    writeln!(
        out,
        "account rows with one sealed class, {SEGMENTS} segments at once, pages of {} rows, checkpoints in files",
        Options::default().page_rows
    )?;
    writeln!(
        out,
        "{:>12} {:>14} {:>20} {:>16}",
        "rows", "µs per row", "rows/s of a core", "peak (MB)"
    )?;
    let mut all = Vec::new();
    for rows in SIZES {
        let measured = child(rows).with_context(|| format!("{rows} rows"))?;
        let each = (measured.all - measured.table) / rows as f64;
        writeln!(
            out,
            "{rows:>12} {:>14.1} {:>20.0} {:>16.1}",
            each * 1e6,
            1.0 / each,
            measured.peak_memory as f64 / 1e6
        )?;
        all.push(measured);
    }
    let (Some(small), Some(large)) = (all.first(), all.last()) else {
        bail!("no table was measured")
    };
    let growth = large.peak_memory as f64 / small.peak_memory as f64;
    writeln!(
        out,
        "the largest table takes {growth:.2} times the memory of the smallest; at most {MAX_GROWTH}"
    )?;
    let each = |sum: f64| sum / large.rows as f64;
    price::print(each(large.capacity), each(large.bytes as f64), &mut out)?;
    Ok(ExitCode::SUCCESS)
}

/// The same in an optimised build.
fn optimised() -> Result<ExitCode> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = "run --quiet --profile quick --package xtask -- speed --backfill";
    let status = Command::new(cargo).args(arguments.split(' ')).status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn child(rows: u64) -> Result<Measured> {
    let rows = rows.to_string();
    let output = Command::new(std::env::current_exe()?)
        .args(["speed", "--backfill", "--rows", &rows])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("the process printed something else")
}

fn measure(rows: u64) -> Result<Measured> {
    let folder = std::env::temp_dir().join(format!("user-events-speed-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let measured = runtime.block_on(async {
        let segments = Segment::all("accounts", SEGMENTS);
        let before = cpu()?;
        for segment in &segments {
            Generated(rows).read_all(segment).await?;
        }
        let table = cpu()?.saturating_sub(before);
        let run = Run {
            id: RunId::try_from("speed".to_owned())?,
            started_at: now(),
        };
        let backfill = Backfill::new(
            run,
            Selection::of_categories(SNAPSHOTS),
            Publication::default(),
            None,
            edges(rows, &folder),
            Options::default(),
        );
        let before = cpu()?;
        let ended = backfill
            .segments(&segments, segments.len(), &CancellationToken::new())
            .await?;
        ensure!(
            ended.done && ended.counts.events == rows,
            "not every row became an event"
        );
        Ok(Measured {
            rows,
            bytes: ended.counts.bytes,
            capacity: ended.counts.capacity,
            all: cpu()?.saturating_sub(before).as_secs_f64(),
            table: table.as_secs_f64(),
            peak_memory: peak_memory()?,
        })
    });
    std::fs::remove_dir_all(&folder).context("the checkpoints cannot be removed")?;
    measured
}

fn edges(rows: u64, folder: &std::path::Path) -> Edges {
    let limits = KeyLimits {
        max_age: Duration::from_secs(300),
        max_messages: 1_048_576,
    };
    let accounts = Table {
        name: "accounts".to_owned(),
        region: "eu-west-1".to_owned(),
        categories: SNAPSHOTS.to_vec(),
        source: Arc::new(Generated(rows)),
    };
    Edges {
        tables: vec![accounts],
        queue: Arc::new(Sink),
        checkpoints: Arc::new(Folder::new(folder)),
        keys: Arc::new(DataKeys::new(FixedKeys::default(), limits)),
        accounts: None,
        persons: None,
        clock: Arc::new(now),
    }
}

/// The processor time of this process.
fn cpu() -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir("/proc/self/task").context("/proc cannot be read")? {
        let schedule = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = schedule.split_whitespace().next().context("schedstat is empty")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc cannot be read")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = line
        .context("the status has no VmHWM")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kibibytes * 1_024)
}

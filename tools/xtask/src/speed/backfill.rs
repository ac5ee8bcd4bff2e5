//! What a backfill costs: rows per second of one core, memory by the size of the table, and money for a million rows.
//!
//! The table, the queue and the data keys are in memory; making, sealing and saving are real. Each size is a process of its
//! own, so that its peak memory is its own.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use user_events_aws::{DataKeys, KeyLimits, now};
use user_events_backfill::aws::Folder;
use user_events_backfill::{
    Backfill, Edges, Failure, Message, Options, Page, Position, Queue, Run, RunId, Segment, Selection,
    Source, Table,
};
use user_events_catalog::SNAPSHOTS;
use user_events_core::{Attribute, Image, Outcome, Publication};
use user_events_testkit::FixedKeys;

use super::price;

const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
const SEGMENTS: u32 = 4;
/// The largest table takes at most this many times the memory of the smallest.
const MAX_GROWTH: f64 = 1.25;

/// What one process measured.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    rows: u64,
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) capacity: f64,
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
    price::print(large, &mut out)?;
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
            read_all(&Generated(rows), segment).await?;
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
            events: ended.counts.events,
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

/// A table that makes its rows when they are read.
struct Generated(u64);

impl Source for Generated {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        let (of, own) = (u64::from(segment.of), u64::from(segment.segment));
        let begin = after.and_then(|position| position.0.as_u64()).unwrap_or_default();
        let all = (self.0 + of - 1 - own) / of;
        let end = (begin + u64::from(rows)).min(all);
        let items: Vec<_> = (begin..end).map(|place| row(place * of + own)).collect();
        let bytes: usize = items.iter().map(|(_, bytes)| bytes).sum();
        let page = Page {
            items: items.into_iter().map(|(row, _)| row).collect(),
            next: (end < all).then(|| Position(json!(end))),
            // A strongly consistent scan bills each begun 4 KB of a page.
            capacity: bytes.div_ceil(4_096) as f64,
            ..Page::default()
        };
        async move { Ok(page) }.boxed()
    }
}

/// A row, and its bytes: of the names and of the values (Amazon DynamoDB Developer Guide, *DynamoDB item sizes and formats*).
fn row(place: u64) -> (Image, usize) {
    let texts = [
        ("pk", format!("USER#user-{place}")),
        ("sk", "ACCOUNT".to_owned()),
        ("email", format!("user-{place}@example.com")),
        ("phoneNumber", "+1-202-555-0100".to_owned()),
        (
            "passwordHash",
            "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA".to_owned(),
        ),
        ("passwordChangedAt", "2026-03-01T11:59:59Z".to_owned()),
        ("status", "ACTIVE".to_owned()),
        ("registrationMethod", "PASSWORD".to_owned()),
        ("locale", "en-GB".to_owned()),
        ("createdAt", "2026-03-01T11:59:59Z".to_owned()),
        ("updatedAt", "2026-03-01T11:59:59Z".to_owned()),
    ];
    let flags = [("emailVerified", true), ("phoneVerified", false)];
    let bytes = texts
        .iter()
        .map(|(name, text)| name.len() + text.len())
        .sum::<usize>();
    let bytes = bytes + flags.iter().map(|(name, _)| name.len() + 1).sum::<usize>();
    let texts = texts
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Attribute::S(text)));
    let flags = flags.map(|(name, flag)| (name.to_owned(), Attribute::Bool(flag)));
    (texts.chain(flags).collect(), bytes)
}

async fn read_all(table: &Generated, segment: &Segment) -> Result<()> {
    let mut after = None;
    loop {
        let page = table
            .page(segment, after.as_ref(), Options::default().page_rows)
            .await?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// A queue that accepts everything and keeps nothing.
struct Sink;

impl Queue for Sink {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        async move { Ok(vec![Outcome::Accepted; messages.len()]) }.boxed()
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

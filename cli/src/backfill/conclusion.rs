//! A run from its beginning or its checkpoint to the live queue.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use user_events_backfill::Counts;
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::folder::Folder;
use super::meter::grouped;
use super::plan::Plan;
use super::subscriber::Live;
use super::waiting::{Waited, wait};
use super::{live, reading, report, sums};
use crate::printable::printable;
use crate::replay::{from_start, set_policy};

/// Some rows did not fit.
const UNFIT: u8 = 3;

/// How far the run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything was sent, and the rest is not this command's.
    Sent,
    /// The subscriber handled the marker.
    Handled,
    /// Its live queue is read.
    Live,
}

/// Reads and sends, waits, and turns the live queue on.
///
/// Fails when the subscriber is not ready, when a service refuses, and when the run is interrupted.
pub(super) async fn whole(
    plan: &Plan<'_>,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let path = plan.options.folder();
    let mut folder = match Folder::open(&path, &plan.asked)? {
        Some(folder) => {
            progress.step(format_args!("continuing the run {}", folder.state.run));
            folder
        }
        None => {
            plan.must_not_be_live()?;
            plan.subscriber.snapshot.must_be_empty()?;
            let folder = Folder::create(&path, plan.asked.clone(), reading::new_run(), clock::now())?;
            progress.step(format_args!(
                "run {}, checkpoint in {}",
                folder.state.run,
                path.display()
            ));
            note_earlier(plan, progress).await;
            folder
        }
    };
    let (counts, unfit) = match folder.state.sent.clone() {
        Some(counts) => (counts, None),
        None => {
            plan.must_not_be_live()?;
            let completed = reading::read(plan, &folder, progress, interrupt).await?;
            let unfit = report::write(&path, &completed.unfit_rows)?;
            folder.end(completed.counts.clone())?;
            progress.step(format_args!(
                "{} events and the marker are in the snapshot queue",
                grouped(completed.counts.events)
            ));
            if plan.options.replay_since_start {
                replay(plan, &folder, progress).await?;
            }
            (completed.counts, unfit)
        }
    };
    let run = folder.state.run.clone();
    let end = deliver(plan, &run, counts.events, progress, interrupt).await?;
    let is_over = end == End::Live || plan.subscriber.live() == Live::Unknown && end != End::Sent;
    if is_over || plan.subscriber.stack.is_none() {
        folder.remove()?;
    } else {
        progress.line(format_args!(
            "    the same command waits and turns the live queue on; to be done with this run, remove {}",
            folder.path().display()
        ));
    }
    show(plan, &run, &counts, unfit, end, out);
    Ok(match counts.unfit_rows() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(UNFIT),
    })
}

/// Says so when the consumer completed a snapshot before: a worker then reads its live queue, and never this snapshot.
async fn note_earlier(plan: &Plan<'_>, progress: &Console) {
    let Some(inbox) = plan.subscriber.inbox() else {
        return;
    };
    if let Ok(Some(earlier)) = inbox.snapshots(&plan.clients.dynamodb).completed().await {
        progress.line(format_args!(
            "{} its consumer completed the run {} before. A function of the templates reads this one, too; a worker does \
             after `user-events inbox snapshot --again` and a restart",
            progress.paint(Style::Faint, "note:"),
            printable(&earlier.run)
        ));
    }
}

/// Waits for the subscriber, and turns its live queue on.
async fn deliver(
    plan: &Plan<'_>,
    run: &str,
    events: u64,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<End> {
    if plan.options.no_wait {
        return Ok(End::Sent);
    }
    let (Some(stack), Some(inbox)) = (&plan.subscriber.stack, plan.subscriber.inbox()) else {
        progress.line(format_args!(
            "{} its inbox is not known here; when the subscriber has handled the marker of run {run}, it may read its live \
             queue: a function of the templates is turned on with Live=on, a worker that has SNAPSHOT_QUEUE_URL goes on by itself",
            progress.paint(Style::Faint, "note:")
        ));
        return Ok(End::Sent);
    };
    progress.step(format_args!(
        "waiting until {} has handled the marker",
        plan.options.subscriber
    ));
    let snapshots = inbox.snapshots(&plan.clients.dynamodb);
    if wait(snapshots, run, events, progress, interrupt).await? == Waited::Unknown {
        return Ok(End::Sent);
    }
    if plan.subscriber.live() != Live::Off {
        return Ok(match plan.subscriber.live() {
            Live::On => End::Live,
            _ => End::Handled,
        });
    }
    progress.step(format_args!(
        "turning the live queue on: stack {} with Live=on",
        stack.stack()
    ));
    live::turn_on(&plan.clients.cloudformation, stack, interrupt).await?;
    Ok(End::Live)
}

/// Lets SNS replay what was published since the run began, to subscriptions of this account; says how to subscribe the others.
async fn replay(plan: &Plan<'_>, folder: &Folder, progress: &Console) -> Result<()> {
    let (since, policy) = from_start(folder.state.started_at);
    for (category, topic_arn) in plan.topics() {
        match plan.subscribed.arn(category) {
            Some(arn) => {
                set_policy(&plan.clients.sns, arn, &policy).await?;
                progress.step(format_args!("SNS replays {topic_arn} from {since}"));
            }
            None => progress.line(format_args!(
                "    subscribe the live queue to {topic_arn} with the attribute ReplayPolicy {policy}"
            )),
        }
    }
    Ok(())
}

fn show(plan: &Plan<'_>, run: &str, counts: &Counts, unfit: Option<PathBuf>, end: End, out: &Console) {
    if plan.options.json {
        let mut line = sums::json(counts);
        line["run"] = json!(run);
        line["subscriber"] = json!(plan.options.subscriber);
        line["end"] = json!(match end {
            End::Sent => "sent",
            End::Handled => "handled",
            End::Live => "live",
        });
        line["unfitReport"] = json!(unfit.map(|file| file.display().to_string()));
        out.line(printable(&line.to_string()));
        return;
    }
    sums::show(counts, out);
    if let Some(file) = unfit {
        out.line(format_args!(
            "    they are named in {}: correct the rows, then run again with --user",
            file.display()
        ));
    }
    out.line(format_args!(
        "{}  run {run}",
        out.paint(
            Style::Good,
            match end {
                End::Sent => "sent",
                End::Handled => "handled by the subscriber",
                End::Live => "handled by the subscriber, and its live queue is read",
            }
        )
    ));
}

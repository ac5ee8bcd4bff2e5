//! `user-events inbox snapshot`: how much of a snapshot a consumer has handled, and giving up the rest.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;
use user_events_local::clock;
use user_events_local::console::{Console, Style};

use super::options::Snapshot;
use super::snapshots::{Completed, Snapshots};
use crate::printable::printable;
use crate::terminal::Terminal;

const ABSENT: &str = "-";

/// Runs the command.
///
/// Fails when the table cannot be used, when no run is known, and when nobody can answer the question.
pub(super) async fn run(
    options: &Snapshot,
    snapshots: Snapshots<'_>,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let completed = snapshots.completed().await?;
    if options.again {
        return forget(options, completed, snapshots, progress, terminal).await;
    }
    if let Some(run) = &options.complete {
        return complete(options, run, completed, snapshots, progress, terminal).await;
    }
    let Some(run) = options
        .run
        .clone()
        .or_else(|| completed.as_ref().map(|one| one.run.clone()))
    else {
        bail!(
            "the consumer {} has completed no snapshot; to see how much it has handled of one, name its run with --run: \
             `user-events backfill` prints it",
            snapshots.consumer
        );
    };
    let handled = snapshots.handled(&run).await?;
    let of_run = completed.as_ref().filter(|one| one.run == run);
    let expected = options.expected.or_else(|| of_run.and_then(|one| one.events));
    if options.json {
        out.line(printable(
            &json!({
                "run": run,
                "handled": handled,
                "expected": expected,
                "completedAt": of_run.and_then(|one| one.completed_at),
            })
            .to_string(),
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let state = if of_run.is_some() {
        "completed"
    } else {
        "not completed"
    };
    out.line(format_args!(
        "{}  {}",
        out.paint(Style::Name, printable(&run)),
        state
    ));
    let expected = expected.map_or_else(|| ABSENT.to_owned(), |expected| expected.to_string());
    out.line(format_args!("    {handled} of {expected} events handled"));
    if let Some(at) = of_run.and_then(|one| one.completed_at) {
        out.line(format_args!("    completed at {at}"));
    }
    if let (None, Some(Completed { run, .. })) = (of_run, &completed) {
        out.line(format_args!(
            "    the consumer completed another run: {}",
            printable(run)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn forget(
    options: &Snapshot,
    completed: Option<Completed>,
    snapshots: Snapshots<'_>,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let Some(Completed { run, .. }) = completed else {
        progress.step("the consumer has completed no snapshot; nothing was changed");
        return Ok(ExitCode::SUCCESS);
    };
    let question = format!(
        "Stop every process of {} first. Afterwards, a process that starts drains its snapshot queue to the marker of another run, \
         and reads no live event before that. Forget the completed run {}?",
        snapshots.consumer,
        printable(&run)
    );
    if !terminal.confirms(&question, options.yes, progress)? {
        progress.step("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    snapshots.forget().await?;
    progress.step("forgotten: run `user-events backfill`, and start the processes again");
    Ok(ExitCode::SUCCESS)
}

async fn complete(
    options: &Snapshot,
    run: &str,
    completed: Option<Completed>,
    snapshots: Snapshots<'_>,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    if completed.is_some_and(|one| one.run == run) {
        progress.step("the consumer has completed this run already; nothing was changed");
        return Ok(ExitCode::SUCCESS);
    }
    let handled = snapshots.handled(run).await?;
    let expected = options
        .expected
        .map(|expected| format!(" of {expected}"))
        .unwrap_or_default();
    let question = format!(
        "{} has handled {handled}{expected} events of this run. Afterwards it starts on its live queue, and what is missing \
         stays missing. Delete the run's messages from the snapshot queue and the dead-letter queue first: one that is \
         handled later would overwrite newer state with old. Complete the run?",
        snapshots.consumer
    );
    if !terminal.confirms(&question, options.yes, progress)? {
        progress.step("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    if snapshots.complete(run, handled, clock::now()).await? {
        progress.step(format_args!("the run is completed with {handled} events"));
    } else {
        progress.step("the consumer has completed this run meanwhile; nothing was changed");
    }
    Ok(ExitCode::SUCCESS)
}

//! `user-events inbox`: shows the rows of a consumer's inbox, deletes the sequences of a message group, and shows how much of a
//! snapshot was handled.

mod options;
mod rows;
mod show;
mod snapshot;
mod snapshots;

use std::process::ExitCode;

use anyhow::{Result, bail};
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};

use crate::printable::printable;
use crate::terminal::Terminal;
use options::{Command, Lane, Reset, Show};
use rows::Rows;

pub use options::Options;
pub(crate) use snapshots::Snapshots;

/// Runs the command.
///
/// Fails when the table cannot be used, when it has no such row, and when nobody can answer a question.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let place = match &options.command {
        Command::Show(options) => &options.place,
        Command::Reset(options) => &options.place,
        Command::Snapshot(options) => &options.place,
    };
    let client = Clients::reach(place.endpoint.as_deref()).await?.dynamodb;
    let rows = Rows {
        client: &client,
        table: &place.table,
        consumer: &place.consumer,
    };
    match &options.command {
        Command::Show(options) => show_rows(options, &rows, out).await,
        Command::Reset(options) => reset(options, &rows, out, progress, terminal).await,
        Command::Snapshot(options) => {
            let snapshots = Snapshots {
                client: &client,
                table: &place.table,
                consumer: &place.consumer,
            };
            snapshot::run(options, snapshots, out, progress, terminal).await
        }
    }
}

async fn show_rows(options: &Show, rows: &Rows<'_>, out: &Console) -> Result<ExitCode> {
    let wanted = &options.wanted;
    if let Some(id) = &wanted.id {
        let Some(row) = rows.event(id).await? else {
            bail!(
                "the consumer {} has no row of the event {id}: it was not handled yet, or its row expired",
                rows.consumer
            );
        };
        if options.json {
            out.line(show::event_json(id, &row));
        } else {
            show::event(id, &row, out);
        }
    }
    if let Some(lane) = wanted.user.as_ref().or(wanted.subject.as_ref()) {
        for row in existing(rows, lane).await? {
            if options.json {
                out.line(show::lane_json(&lane.subject, &row));
            } else {
                show::lane(&row, out);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn reset(
    options: &Reset,
    rows: &Rows<'_>,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let Some(lane) = options.subject.user.as_ref().or(options.subject.subject.as_ref()) else {
        bail!("name the message group with --user or --subject");
    };
    let found = existing(rows, lane).await?;
    for row in &found {
        show::lane(row, out);
    }
    let subject = printable(&lane.subject);
    let question = format!(
        "Afterwards {} takes the next event of {subject} as new, even if it is older than one that it handled. Events that \
         it handled are still duplicates. Delete these rows?",
        rows.consumer
    );
    if !terminal.confirms(&question, options.yes, progress)? {
        progress.step("nothing was deleted");
        return Ok(ExitCode::FAILURE);
    }
    let mut kept = 0;
    for row in &found {
        if !rows.delete(row).await? {
            kept += 1;
            progress.line(format_args!(
                "{} the row of {} has changed since it was read; look at it again, then repeat the command",
                progress.paint(Style::Bad, "kept:"),
                printable(&row.category)
            ));
        }
    }
    progress.step(format_args!(
        "{} of {} rows deleted",
        found.len() - kept,
        found.len()
    ));
    Ok(match kept {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The rows of a message group.
///
/// Fails when there are none.
async fn existing(rows: &Rows<'_>, lane: &Lane) -> Result<Vec<rows::LaneRow>> {
    let found = rows.lane(&lane.partition_key).await?;
    if found.is_empty() {
        bail!(
            "the consumer {} has no row of {}: it has handled no event of this message group, or the rows expired. A \
             failed log-in has a message group of its own, attempts/ID, and the erasure of a user erasures/ID",
            rows.consumer,
            printable(&lane.subject)
        );
    }
    Ok(found)
}

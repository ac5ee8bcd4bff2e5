//! `user-events parked`: lists the records in the parking-lot queue without their personal data, redrives, mends and discards
//! them.

pub(crate) mod deployment;
mod depth;
mod discarding;
pub(crate) mod drawer;
mod entry;
#[cfg(test)]
mod examples;
mod foretold;
mod held;
mod mend;
pub(crate) mod mended;
mod options;
pub(crate) mod outcome;
mod private_file;
pub(crate) mod queues;
mod record;
mod redaction;
mod redrive;
mod redriving;
mod selection;
mod show;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod waiting;

use std::process::ExitCode;

use anyhow::Result;

use deployment::Deployment;
use options::{Command, List};
use target::Needed;

use crate::map::mapping_file;
use crate::printable::printable;
use crate::terminal::Terminal;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupted};

pub(crate) use entry::Entry;
pub(crate) use held::Held;
pub use options::Options;
pub(crate) use queues::{HOLD, Queues, SqsQueues};
pub use user_events_local::interrupt::Interrupt;

/// Runs the command. Results go to `out`, progress and questions to `progress`. At any end, the messages that are left are
/// visible in the parked queue again at once.
///
/// Fails when the queues cannot be found or used, when an ID matches no message or several, and when a message cannot be
/// redriven. The error says how to fix it.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let (needed, mapping) = match &options.command {
        Command::Redrive(redrive) if redrive.dry_run => (Needed::Parked, &redrive.mapping),
        Command::Redrive(redrive) => (Needed::Both, &redrive.mapping),
        Command::Mend(mend) if mend.dry_run => (Needed::Parked, &mend.mapping),
        Command::Mend(mend) => (Needed::Both, &mend.mapping),
        Command::Discard(discard) => (Needed::Parked, &discard.mapping),
        Command::List(_) | Command::Show(_) => (Needed::Parked, &None),
    };
    let mapping = mapping.as_deref().map(mapping_file::usable).transpose()?;
    let found = options.target.find(needed).await?;
    let deployment = Deployment::new(found.outputs.as_ref(), mapping);
    let queues = SqsQueues::new(found.sqs, found.parked_url, found.redrive_url);
    let mut held = Held::nothing(&queues);
    let done = match &options.command {
        Command::List(options) => list(options, &mut held, interrupt, out, progress).await,
        Command::Show(options) => show::run(options, &mut held, interrupt, out, progress).await,
        Command::Redrive(options) => {
            let local = found.is_local;
            redriving::run(options, &deployment, local, &mut held, interrupt, out, progress).await
        }
        Command::Mend(options) => {
            mend::run(options, &deployment, &queues, interrupt, out, progress, terminal).await
        }
        Command::Discard(options) => {
            discarding::run(options, &deployment, &queues, interrupt, out, progress, terminal).await
        }
    };
    held.release(progress).await;
    match done {
        Err(error) if error.is::<Interrupted>() => {
            progress.step("interrupted: the messages that were not redriven are still in the parked queue");
            Ok(ExitCode::from(INTERRUPTED))
        }
        done => done,
    }
}

async fn list<Q: Queues>(
    options: &List,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<ExitCode> {
    held.take_all(interrupt, progress).await?;
    let entries = held.entries();
    if options.json {
        for entry in &entries {
            out.line(printable(&serde_json::to_string(entry)?));
        }
    } else {
        table::print(&entries, out);
        progress.line(table::count(&entries));
    }
    Ok(ExitCode::SUCCESS)
}

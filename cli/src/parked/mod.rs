//! `user-events parked`: lists the records in the parking-lot queue without their personal data, and redrives them.

mod entry;
#[cfg(test)]
mod examples;
mod held;
mod options;
#[cfg(test)]
mod promises;
mod queues;
mod record;
mod redaction;
mod redrive;
mod selection;
mod show;
mod table;
mod target;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;

use options::{Command, List, Redrive};
use target::Needed;

use crate::printable::printable;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupted};

pub(crate) use entry::Entry;
pub(crate) use held::Held;
pub use options::Options;
pub(crate) use queues::{HOLD, Queues, SqsQueues};
pub use user_events_local::interrupt::Interrupt;

/// Runs the command. Results go to `out`, progress to `progress`. At any end, the messages that were not redriven are visible
/// in the parked queue again at once.
///
/// Fails when the queues cannot be found or used, when an ID matches no message or several, and when a message cannot be
/// redriven. The error says how to fix it.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let needed = match &options.command {
        Command::Redrive(redrive) if !redrive.dry_run => Needed::Both,
        _ => Needed::Parked,
    };
    let queues = SqsQueues::find(&options.target, needed).await?;
    let mut held = Held::nothing(&queues);
    let done = match &options.command {
        Command::List(options) => list(options, &mut held, interrupt, out, progress).await,
        Command::Show(options) => show::run(options, &mut held, interrupt, out, progress).await,
        Command::Redrive(options) => redrive(options, &mut held, interrupt, out, progress).await,
    };
    held.release(progress).await;
    match done {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.is::<Interrupted>() => {
            progress.step("interrupted: the messages that were not redriven are still in the parked queue");
            Ok(ExitCode::from(INTERRUPTED))
        }
        Err(error) => Err(error),
    }
}

async fn list<Q: Queues>(
    options: &List,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<()> {
    held.take_all(interrupt).await?;
    let entries = held.entries();
    if options.json {
        for entry in &entries {
            out.line(printable(&serde_json::to_string(entry)?));
        }
    } else {
        print_table(&entries, out);
        progress.line(table::count(&entries));
    }
    Ok(())
}

async fn redrive<Q: Queues>(
    options: &Redrive,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<()> {
    held.take_all(interrupt).await?;
    let all = held.entries();
    let selected: Vec<Entry> = options.selection.select(&all)?.into_iter().cloned().collect();
    let stay = all.len() - selected.len();
    if options.dry_run {
        print_table(&selected, out);
        out.line(format_args!(
            "{} would be redriven, {stay} would stay; nothing was changed",
            selected.len()
        ));
        return Ok(());
    }
    redrive::fits_into_the_hold(selected.len(), options.rate)?;
    held.release_others(&selected, progress).await;
    let (handed_over, done) = redrive::hand_over(held, &selected, options.rate, interrupt, progress).await;
    out.line(format_args!(
        "{handed_over} of {} redriven, {} left in the parked queue",
        selected.len(),
        all.len() - handed_over,
    ));
    done
}

fn print_table(entries: &[Entry], out: &Console) {
    for line in table::lines(entries, user_events_local::clock::now()) {
        out.line(line);
    }
}

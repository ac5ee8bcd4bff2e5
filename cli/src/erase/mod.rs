//! `user-events erase`: erases a person, proves it, and keeps erased persons erased after a restore.

mod bucket;
mod certificate;
mod ending;
mod failed;
mod failures;
mod key_table;
mod ledger;
mod listing;
mod opened;
mod options;
mod page;
mod person;
mod place;
mod queue;
mod refused;
mod restore;
mod run;
mod statements;
mod verify;
mod whose;
mod work;

use std::process::ExitCode;

use anyhow::Result;
use options::Command;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupt, Interrupted};

pub use certificate::certificate_schema;
pub use options::Options;

/// Runs the command. Results go to `out`, progress to `progress`. Neither holds personal data. At any end, messages that were
/// not deleted are visible in their queues again.
///
/// Fails when the tables, queues and the bucket cannot be found or used. The error says how to fix it; the same command then
/// continues.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let done = match &options.command {
        None => run::run(&options.erase, out, progress, interrupt).await,
        Some(Command::Verify(options)) => verify::run(options, out, progress, interrupt).await,
        Some(Command::Restore(options)) => restore::run(options, out, progress, interrupt).await,
        Some(Command::List(options)) => listing::list(options, out, progress).await,
        Some(Command::Status(options)) => listing::status(options, out).await,
    };
    match done {
        Err(error) if error.is::<Interrupted>() => {
            progress.step("interrupted: the same command continues");
            Ok(ExitCode::from(INTERRUPTED))
        }
        done => done,
    }
}

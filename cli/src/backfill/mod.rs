//! `user-events backfill`: gives a subscriber that joins late the state of all users, exactly, while writes go on.

mod conclusion;
mod edges;
mod folder;
mod live;
mod meter;
mod options;
mod plan;
mod price;
mod publisher;
mod queue;
mod reading;
mod report;
mod subscribed;
mod subscriber;
mod sums;
mod tables;
mod waiting;
mod wanted;

use std::process::ExitCode;

use anyhow::Result;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupt, Interrupted};

pub use options::Options;

/// Runs the command. Results go to `out`, progress to `progress`.
///
/// Fails when the publisher or the subscriber is not ready for a backfill, and when a service refuses. The error says how to
/// fix it; the same command then continues.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let plan = plan::make(options).await?;
    let done = if options.dry_run {
        reading::dry_run(&plan, out, progress, interrupt).await
    } else {
        conclusion::whole(&plan, out, progress, interrupt).await
    };
    match done {
        Err(error) if error.is::<Interrupted>() => {
            if options.dry_run {
                progress.step("interrupted: nothing was sent");
            } else {
                progress.step(format_args!(
                    "interrupted: the checkpoint is in {}, and the same command continues",
                    options.folder().display()
                ));
            }
            Ok(ExitCode::from(INTERRUPTED))
        }
        done => done,
    }
}

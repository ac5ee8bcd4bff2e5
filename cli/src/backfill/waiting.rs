//! Waits until the subscriber has handled the marker of the run.

use std::time::{Duration, Instant};

use anyhow::Result;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::meter::grouped;
use crate::inbox::Snapshots;

const PAUSE: Duration = Duration::from_secs(2);
/// Counting reads every handled event of the run, so it happens seldom.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// What a wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// The consumer completed the run.
    Handled,
    /// The inbox cannot be read, so nobody knows.
    Unknown,
}

/// Waits until the consumer has completed the run, which has so many events.
///
/// Fails when the wait is interrupted.
pub(super) async fn wait(
    snapshots: Snapshots<'_>,
    run: &str,
    events: u64,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<Waited> {
    let mut counted: Option<Instant> = None;
    let mut counts = true;
    loop {
        match snapshots.completed().await {
            Ok(Some(completed)) if completed.run == run => return Ok(Waited::Handled),
            Ok(_) => {}
            Err(error) => {
                progress.line(format_args!(
                    "{} {error:#}",
                    progress.paint(Style::Faint, "note:")
                ));
                return Ok(Waited::Unknown);
            }
        }
        if counts && counted.is_none_or(|last| last.elapsed() >= COUNT_EVERY) {
            counted = Some(Instant::now());
            match snapshots.handled(run).await {
                Ok(handled) => progress.line(format_args!(
                    "    {} of {} events handled",
                    grouped(handled),
                    grouped(events)
                )),
                // Without this permission the run is waited for all the same.
                Err(_) => counts = false,
            }
        }
        tokio::select! {
            () = interrupt.raised() => interrupt.check()?,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

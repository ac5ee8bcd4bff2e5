//! Ctrl-C, a closed terminal and the polite way to end a process: work stops between two messages, never in the middle of
//! one.

use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell reports for a command that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// Whether the work shall stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(CancellationToken);

/// The work was stopped by the caller.
#[derive(Debug, Clone, Copy, Error)]
#[error("interrupted")]
pub struct Interrupted;

impl Interrupt {
    /// One that nobody has raised yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that this process's signals raise. A second signal ends the process on the spot; what it held becomes
    /// visible by itself.
    pub fn by_signals() -> Self {
        let interrupt = Self::new();
        let raised = interrupt.clone();
        tokio::spawn(async move {
            one_signal().await;
            raised.raise();
            one_signal().await;
            std::process::exit(i32::from(INTERRUPTED));
        });
        interrupt
    }

    /// Asks the work to stop.
    pub fn raise(&self) {
        self.0.cancel();
    }

    /// Fails once it was raised.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.0.is_cancelled() {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }

    /// Waits until it is raised.
    pub async fn raised(&self) {
        self.0.cancelled().await;
    }
}

async fn one_signal() {
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

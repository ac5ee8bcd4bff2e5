//! Ctrl-C, a closed terminal and SIGTERM: work stops between two messages, never in the middle of one.

use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status of an interrupted command, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// A request to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(CancellationToken);

/// The error of work that was asked to stop.
#[derive(Debug, Clone, Copy, Error)]
#[error("interrupted")]
pub struct Interrupted;

impl Interrupt {
    /// A request that is not raised yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A request that the first signal to this process raises. A second signal ends the process at once; messages that it
    /// held become visible again after their visibility timeout.
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

    /// Fails after it was raised.
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

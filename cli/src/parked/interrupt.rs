//! Ctrl-C and the polite way to end a process: work stops between two messages, never in the middle of one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

/// Whether the work shall stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

/// The work was stopped by the caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interrupted;

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
            std::process::exit(i32::from(super::INTERRUPTED));
        });
        interrupt
    }

    /// Asks the work to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Fails once it was raised.
    pub(super) fn check(&self) -> Result<(), Interrupted> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Interrupted),
            false => Ok(()),
        }
    }
}

async fn one_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

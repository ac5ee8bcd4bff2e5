//! Runs a command's work and turns the result into an exit status.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::console::{Console, Style};

/// Runs asynchronous work to its end. Background tasks are dropped.
///
/// Fails when the work does, and when no runtime can be started.
pub fn block_on(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the asynchronous runtime could not be started")?;
    let code = runtime.block_on(work);
    runtime.shutdown_background();
    code
}

/// The exit status of a command. Writes an error to standard error first.
pub fn exit(done: Result<ExitCode>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(error) => {
            let stderr = Console::stderr();
            stderr.line(format_args!("{} {error:#}", stderr.paint(Style::Bad, "error:")));
            ExitCode::FAILURE
        }
    }
}

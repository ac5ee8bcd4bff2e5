//! Programs that are run for what they do, not for what they print.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a command that says nothing of interest when it succeeds.
///
/// Fails with the command's own words when it is missing or does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{program}` is not there or could not be started"))?;
    if !output.status.success() {
        let words = |stream: &[u8]| String::from_utf8_lossy(stream).trim().to_owned();
        let mut said = words(&output.stderr);
        if said.is_empty() {
            said = words(&output.stdout);
        }
        bail!("`{program}` failed ({}): {said}", output.status);
    }
    Ok(())
}

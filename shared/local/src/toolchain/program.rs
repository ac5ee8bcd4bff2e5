//! Runs programs whose output matters only if they fail.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a command and discards its output.
///
/// Fails when the program is missing or does not succeed. The error quotes its output.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{program}` is not installed or could not be started"))?;
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

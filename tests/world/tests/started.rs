//! The commands as processes. This binary is the command, too: it is built already, and with the same features.

use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode, Output, Stdio};

use anyhow::{Context, Result};

use crate::support::root;

/// Names the command that this binary is.
const RUN_AS: &str = "WORLD_RUN_AS";

/// The exit status of the command that the environment names. `None` if this process is to run tests.
pub(crate) fn as_command() -> Option<ExitCode> {
    match env::var(RUN_AS).ok()?.as_str() {
        "user-events" => Some(user_events::run()),
        "xtask" => Some(xtask::run()),
        _ => None,
    }
}

/// `user-events` in an environment without AWS settings, colours and input.
pub(crate) fn user_events(arguments: &[&str]) -> Result<Command> {
    let mut command = fresh(env::current_exe()?);
    command.env(RUN_AS, "user-events").args(arguments);
    Ok(command)
}

/// The output of `user-events` with this input.
pub(crate) fn said(arguments: &[&str], input: &str) -> Result<Output> {
    let mut command = user_events(arguments)?;
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn()?;
    let written = process
        .stdin
        .take()
        .context("no input")?
        .write_all(input.as_bytes());
    // A command that refuses its options reads nothing.
    written.ok();
    Ok(process.wait_with_output()?)
}

/// A shell in a fresh environment: `PATH`, `HOME`, and the commands of this project in a folder on the path.
pub(crate) fn shell(line: &str, tools: &Path) -> Command {
    let mut command = fresh("sh");
    let path = env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", tools.display()))
        .args(["-c", line]);
    command
}

/// Writes `user-events`, and `cargo` with the aliases of this project, into a folder.
pub(crate) fn write_tools(folder: &Path) -> Result<()> {
    let binary = env::current_exe()?;
    let (binary, root) = (binary.display(), root());
    let root = root.display();
    let commands = format!("#!/bin/sh\nexec env {RUN_AS}=user-events '{binary}' \"$@\"\n");
    let cargo = format!(
        "#!/bin/sh\ncase \"$1\" in\n  demo) ;;\n  catalog) shift; set -- site \"$@\" ;;\n  \
         *) PATH=\"${{PATH#*:}}\" exec cargo \"$@\" ;;\nesac\n\
         cd '{root}' && PATH=\"${{PATH#*:}}\" exec env {RUN_AS}=xtask '{binary}' \"$@\"\n"
    );
    for (name, text) in [("user-events", commands), ("cargo", cargo)] {
        let path = folder.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn fresh(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    let kept = ["PATH", "HOME"]
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    command.env_clear().envs(kept).stdin(Stdio::null());
    command
}

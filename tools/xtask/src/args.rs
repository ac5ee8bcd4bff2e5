//! The command line of `xtask`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use user_events::parsing::run_parsed;
use user_events_local::console::Console;
use user_events_local::runtime::block_on;
use user_events_local::workspace::Workspace;

use crate::{demo, documents, planted, recording, site, soak, speed};

/// Commands for contributors, run in a checkout of user-events
///
/// Each command has an alias: `cargo demo`, `cargo schemas`, `cargo catalog` (for `site`), `cargo speed`, `cargo soak`,
/// `cargo planted`.
#[derive(Debug, Parser)]
#[command(name = "xtask", version, arg_required_else_help = true)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Options),
    Schemas(documents::Options),
    Site(site::Options),
    Speed(speed::Options),
    Soak(soak::Options),
    Planted(planted::Options),
    Recording(recording::Options),
}

/// Runs the command that the process's arguments name.
pub fn run() -> ExitCode {
    run_parsed(|xtask: Xtask, console| run_in(&Workspace::find()?, &xtask.command, console))
}

fn run_in(workspace: &Workspace, command: &Command, console: &Console) -> Result<ExitCode> {
    match command {
        Command::Demo(options) => block_on(demo::run(options, workspace, console)),
        Command::Schemas(options) => documents::run(options, workspace, console),
        Command::Site(options) => site::run(options, workspace, console),
        Command::Speed(options) => speed::run(options, workspace, console),
        Command::Soak(options) => soak::run(options),
        Command::Recording(options) => block_on(recording::run(options, workspace, console)),
        Command::Planted(options) => planted::run(options, workspace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Xtask::command().debug_assert();
    }
}

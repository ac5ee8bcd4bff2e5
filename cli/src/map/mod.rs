//! `user-events map`: proposes, checks and tries the file that maps a table of any shape.

mod causes;
mod check;
mod doctor;
mod infer;
mod item;
mod item_change;
mod look;
pub(crate) mod mapping_file;
mod plural;
mod source;
mod trial;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, FromArgMatches, Subcommand};
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

/// Propose, check and try a mapping: which items of a table are which rows
///
/// With a mapping, the publisher reads tables that do not have the native shape. docs/mapping.md describes the file.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  user-events map infer --table my-app-users --out mapping.yaml
  user-events map check mapping.yaml
  user-events map try mapping.yaml old.json new.json
  user-events map doctor mapping.yaml --table my-app-users";

#[derive(Debug, Subcommand)]
enum Command {
    Infer(infer::Infer),
    Check(check::Check),
    Try(trial::Try),
    Doctor(doctor::Doctor),
}

impl Options {
    /// Reads the options from a command line that follows `user-events map`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("map").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command. Results go to `out`, progress to `progress`.
///
/// Fails when a file or a table cannot be read. The error says how to fix it.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let work = async {
        match &options.command {
            Command::Infer(options) => infer::run(options, out, progress).await,
            Command::Check(options) => check::run(options, out, progress),
            Command::Try(options) => trial::run(options, out),
            Command::Doctor(options) => doctor::run(options, out, progress).await,
        }
    };
    tokio::select! {
        biased;
        () = interrupt.raised() => Ok(ExitCode::from(INTERRUPTED)),
        done = work => done,
    }
}

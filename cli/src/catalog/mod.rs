//! The catalogue for people: what is published, in one model, and the documents that are written from it.

pub mod model;
mod reading;
pub mod site;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::console::Console;
use crate::workspace::Workspace;

/// Show what is published, or write it down for people to read
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Site(site::Options),
}

/// Runs one of the commands.
///
/// Fails as that command does.
pub fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    match &options.command {
        Command::Site(options) => site::run(options, workspace, console),
    }
}

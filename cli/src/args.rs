//! The command line's arguments, and the way from them to an exit status.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::console::{Console, Style};
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;
use crate::{catalog, demo, matching, open, parked, sample, scaffold, schemas, tail, validate};

/// Domain events from the changes of the user tables.
#[derive(Debug, Parser)]
#[command(name = "user-events", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Catalog(catalog::Options),
    Demo(demo::Options),
    Match(matching::Options),
    Open(open::Options),
    Parked(parked::Options),
    Scaffold(scaffold::Options),
    Sample(sample::Options),
    Schemas(schemas::Options),
    Tail(tail::Options),
    Validate(validate::Options),
}

/// Runs the command that the process's arguments ask for.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    let console = Console::stdout();
    let done = match command {
        Command::Catalog(options) => catalog::run(&options, &console),
        Command::Demo(options) => run_demo(&options, &console),
        Command::Match(options) => matching::run(&options, &console, &Console::stderr()),
        Command::Open(options) => {
            interruptible(async |stderr, interrupt| open::run(&options, &console, stderr, interrupt).await)
        }
        Command::Parked(options) => {
            interruptible(async |stderr, interrupt| parked::run(&options, &console, stderr, interrupt).await)
        }
        Command::Scaffold(options) => run_scaffold(&options, &console),
        Command::Sample(options) => sample::run(&options, &console, &Console::stderr()),
        Command::Schemas(options) => {
            Workspace::find().and_then(|workspace| schemas::run(&options, &workspace, &console))
        }
        Command::Tail(options) => {
            interruptible(async |stderr, interrupt| tail::run(&options, &console, stderr, interrupt).await)
        }
        Command::Validate(options) => interruptible(async |stderr, interrupt| {
            validate::run(&options, &console, stderr, interrupt).await
        }),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let stderr = Console::stderr();
            stderr.line(format_args!("{} {error:#}", stderr.paint(Style::Bad, "error:")));
            ExitCode::FAILURE
        }
    }
}

fn run_scaffold(options: &scaffold::Options, console: &Console) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    block_on(scaffold::run(options, &workspace, console))
}

fn run_demo(options: &demo::Options, console: &Console) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    block_on(demo::run(options, &workspace, console))
}

/// Runs a command that Ctrl-C stops in an orderly way.
fn interruptible(command: impl AsyncFnOnce(&Console, &Interrupt) -> Result<ExitCode>) -> Result<ExitCode> {
    block_on(async {
        let interrupt = Interrupt::by_signals();
        command(&Console::stderr(), &interrupt).await
    })
}

fn block_on(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the asynchronous runtime could not be started")?;
    let code = runtime.block_on(work);
    runtime.shutdown_background();
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}

//! The command line of `user-events`: parses the arguments and runs the command.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use user_events_local::runtime::block_on;

use crate::completions::{self, Completions, Man};
use crate::parsing::run_parsed;
use crate::terminal::Terminal;
use crate::{
    backfill, catalog, erase, inbox, map, matching, open, parked, playground, replay, sample, scaffold, send,
    subscribers, tail, trigger, validate,
};

/// Look up, receive, validate and redrive the domain events of a user service
#[derive(Debug, Parser)]
#[command(
    name = "user-events",
    version,
    arg_required_else_help = true,
    after_help = AFTER_HELP,
    subcommand_help_heading = "Commands",
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Examples:
  user-events catalog show UserRegistered             meaning, fields, example
  user-events sample UserRegistered --as lambda       the input of a function
  user-events match '{\"eventName\": [\"UserDeleted\"]}'  what the filter accepts
  user-events tail --stage dev --open                 live events, decrypted
  user-events scaffold subscriber --language python --name welcome

`user-events COMMAND --help` explains a command. The repository documents the commands in docs/commands.md and every event in docs/events/.";

// In the order in which people need them: learn, build, observe, operate, set up.
#[derive(Debug, Subcommand)]
enum Command {
    Catalog(catalog::Options),
    Playground(playground::Options),
    Sample(sample::Options),
    Match(matching::Options),
    Scaffold(scaffold::Options),
    Validate(validate::Options),
    Send(send::Options),
    Trigger(trigger::Options),
    Open(open::Options),
    Tail(tail::Options),
    Subscribers(subscribers::Options),
    Parked(parked::Options),
    Erase(erase::Options),
    Backfill(backfill::Options),
    Replay(replay::Options),
    Inbox(inbox::Options),
    Map(map::Options),
    Completions(Completions),
    Man(Man),
}

/// Runs the command that the process's arguments ask for.
pub fn run() -> ExitCode {
    run_parsed(|cli: Cli, console| run_command(cli.command, console, &Console::stderr()))
}

fn run_command(command: Command, console: &Console, stderr: &Console) -> Result<ExitCode> {
    match command {
        Command::Catalog(options) => catalog::run(&options, console),
        Command::Playground(options) => {
            interruptible(async |interrupt| playground::run(&options, console, stderr, interrupt).await)
        }
        Command::Sample(options) => sample::run(&options, console, stderr),
        Command::Match(options) => matching::run(&options, console, stderr),
        Command::Scaffold(options) => {
            interruptible(async |interrupt| scaffold::run(&options, console, interrupt).await)
        }
        Command::Validate(options) => {
            interruptible(async |interrupt| validate::run(&options, console, stderr, interrupt).await)
        }
        Command::Send(options) => block_on(send::run(&options, console)),
        Command::Trigger(options) => {
            block_on(trigger::run(&options, console, stderr, &mut Terminal::stdin()))
        }
        Command::Open(options) => {
            interruptible(async |interrupt| open::run(&options, console, stderr, interrupt).await)
        }
        Command::Tail(options) => {
            interruptible(async |interrupt| tail::run(&options, console, stderr, interrupt).await)
        }
        Command::Subscribers(options) => block_on(subscribers::run(&options, console, stderr)),
        Command::Parked(options) => interruptible(async |interrupt| {
            parked::run(&options, console, stderr, interrupt, &mut Terminal::stdin()).await
        }),
        Command::Erase(options) => {
            interruptible(async |interrupt| erase::run(&options, console, stderr, interrupt).await)
        }
        Command::Backfill(options) => {
            interruptible(async |interrupt| backfill::run(&options, console, stderr, interrupt).await)
        }
        Command::Replay(options) => block_on(replay::run(&options, console, stderr, &mut Terminal::stdin())),
        Command::Inbox(options) => block_on(inbox::run(&options, console, stderr, &mut Terminal::stdin())),
        Command::Map(options) => {
            interruptible(async |interrupt| map::run(&options, console, stderr, interrupt).await)
        }
        Command::Completions(options) => completions::completions(&options, Cli::command(), console),
        Command::Man(options) => completions::man(&options, Cli::command(), console),
    }
}

/// Runs a command that cleans up after Ctrl-C.
fn interruptible(command: impl AsyncFnOnce(&Interrupt) -> Result<ExitCode>) -> Result<ExitCode> {
    block_on(async {
        let interrupt = Interrupt::by_signals();
        command(&interrupt).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_description_of_one_line() {
        for command in Cli::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(
                !about.is_empty() && about.len() <= 100 && !about.ends_with('.'),
                "{}: {about}",
                command.get_name()
            );
        }
    }
}

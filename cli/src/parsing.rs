//! Reads the arguments of a process, and turns the result of its command into an exit status.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use user_events_local::console::Console;
use user_events_local::runtime::exit;

/// Reads the arguments and runs the command with them. Its results go to the console, and so do help and version.
pub fn run_parsed<P: Parser>(command: impl FnOnce(P, &Console) -> Result<ExitCode>) -> ExitCode {
    let console = Console::stdout();
    let done = match P::try_parse() {
        Ok(parsed) => command(parsed, &console),
        Err(error) if error.use_stderr() => error.exit(),
        Err(help) => {
            let help = help.render();
            console.write_either(&help, help.ansi());
            Ok(ExitCode::SUCCESS)
        }
    };
    // Whoever reads a file must not take a part of the output for the whole.
    exit(done.and_then(|code| console.check().map(|()| code)))
}

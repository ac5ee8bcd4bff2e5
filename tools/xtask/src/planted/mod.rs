//! `cargo planted` (mutation testing): plants bugs on purpose; the simulator must catch each of them.
//!
//! A bug is a change of the source in a copy of the crates. The command fails if it does not find the text to change,
//! because a bug that is not planted proves nothing.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;
use user_events_local::workspace::Workspace;

mod bugs;
mod copy;
mod facts;
mod persons;
mod unwell;

use bugs::{BUGS, Bug};
use copy::{Caught, Copy};
use facts::FACTS;
use persons::PERSONS;
use unwell::UNWELL;

/// Plant bugs in a copy of the crates and check that the simulator catches each of them
#[derive(Debug, Args)]
pub struct Options {
    /// Plant only the bugs with this text in their names
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Every bug, in the order of the table, and the option that the simulator needs to meet it.
fn all() -> impl Iterator<Item = (&'static Bug, Option<&'static str>)> {
    let others = BUGS.iter().chain(UNWELL).chain(FACTS).map(|bug| (bug, None));
    others.chain(PERSONS.iter().map(|bug| (bug, Some("--persons"))))
}

/// Plants every bug in a copy of the crates and runs the simulator there.
///
/// Fails when the simulator misses a bug, and when a bug can no longer be planted.
pub fn run(options: &Options, workspace: &Workspace) -> Result<ExitCode> {
    let wanted =
        |(bug, _): &(&Bug, Option<&str>)| options.only.as_ref().is_none_or(|text| bug.name.contains(text));
    let bugs: Vec<_> = all().filter(wanted).collect();
    ensure!(!bugs.is_empty(), "no bug has this text in its name");
    let mut out = std::io::stdout().lock();
    let copy = Copy::make(workspace.root())?;
    for option in [None, Some("--persons")] {
        copy.check_that_it_is_sound(option)?;
    }
    writeln!(
        out,
        "{:<62} {:<28} {:>5} {:>8}",
        "planted bug", "caught as", "seed", "records"
    )?;
    let (mut missed, mut example) = (Vec::new(), None);
    for (bug, option) in bugs {
        match copy.catch(bug, option)? {
            None => {
                missed.push(bug.name);
                writeln!(out, "{:<62} not caught", bug.name)?;
            }
            Some(Caught {
                breach,
                seed,
                records,
                shrunk,
            }) => {
                writeln!(out, "{:<62} {breach:<28} {seed:>5} {records:>8}", bug.name)?;
                example.get_or_insert((bug.name, shrunk));
            }
        }
        out.flush()?;
    }
    if let Some((name, shrunk)) = example {
        writeln!(out, "\nThe smallest run of the first one ({name}):\n{shrunk}")?;
    }
    ensure!(missed.is_empty(), "not caught: {}", missed.join(", "));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::copy::planted;
    use super::*;

    #[test]
    fn every_bug_can_still_be_planted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let lost = all().filter_map(|(bug, _)| {
            let sound = fs::read_to_string(root.join(bug.file)).unwrap();
            planted(bug, &sound).err()
        });
        let lost: Vec<_> = lost.map(|error| error.to_string()).collect();
        assert!(lost.is_empty(), "{}", lost.join("\n"));
    }
}

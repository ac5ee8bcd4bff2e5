//! The arguments of `user-events parked`.

use std::ffi::OsString;
use std::num::NonZeroU32;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, FromArgMatches, Subcommand};

use super::selection::Selection;
use super::target::Target;

/// List, show and redrive the records that could not be published
///
/// While the command runs, messages are hidden from other readers. They become visible again when it ends, also after an
/// error or Ctrl-C; after a crash, within two minutes. Only `show --reveal` prints values of records.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    pub(super) target: Target,

    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "Examples:
  user-events parked list
  user-events parked list --stack user-events-prod --json
  user-events parked show 5f0c2d1e
  user-events parked redrive --where table=accounts --dry-run
  user-events parked redrive --where code=row-does-not-fit \\
      --where table=accounts
  user-events parked redrive --all --rate 20
  user-events parked list --endpoint http://127.0.0.1:4566

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). docs/runbook.md says what to do about each code, and which permissions you need.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
    Show(Show),
    Redrive(Redrive),
}

/// List the parked records: reason, row, subject and age, never a value
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print one JSON object per line instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

/// Show one message as JSON, with every value redacted
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The ID as `list` shows it, or any unique prefix
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: String,

    /// Show the values too: unencrypted personal data
    #[arg(long)]
    pub(super) reveal: bool,
}

/// Redrive messages: move them to the redrive queue, to be published
///
/// A message is deleted from the parked queue only after the redrive queue accepted it. A crash in between leaves it in both:
/// its events may be delivered twice, with the same IDs, but are never lost. Redriven events keep their original IDs and have
/// the message attribute `replay`. A record that fails again returns to the parked queue.
#[derive(Debug, Args)]
#[command(after_long_help = CONDITIONS)]
pub(super) struct Redrive {
    #[command(flatten)]
    pub(super) selection: Selection,

    /// Only show what would be redriven
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Redrive at most this many messages per second
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<NonZeroU32>,
}

const CONDITIONS: &str = "Conditions of --where:
  code=row-does-not-fit          the reason
  table=accounts                 the table, or the end of its name
  subject=users/42               the subject of the row
  before=2026-03-01T12:00:00Z    parked before this time (RFC 3339)
  after=2026-03-01T12:00:00Z     parked at this time or later
Several values of code, table or subject are alternatives; conditions of different names must all hold. A notification of the failure bucket has a time, but no code, table or subject.";

impl Options {
    /// Reads the options from a command line that follows `user-events parked`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("parked").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_names_its_messages_in_exactly_one_way() {
        for fits in [
            &["redrive", "5f0c2d1e", "77aa"][..],
            &["redrive", "--all", "--dry-run", "--rate", "5"],
            &[
                "--stack", "s", "redrive", "--where", "code=c", "--where", "table=t",
            ],
            &["redrive", "--all", "--endpoint", "http://127.0.0.1:4566"],
        ] {
            Options::read(fits).unwrap();
        }
        for other in [
            &["redrive"][..],
            &["redrive", "5f0c2d1e", "--all"],
            &["redrive", "--all", "--where", "code=c"],
            &["redrive", "5f0c2d1e", "--where", "code=c"],
            &["redrive", "--all", "--rate", "0"],
            &["redrive", ""],
            &["redrive", "--where", "email=a@example.com"],
            &["show"],
            &["show", ""],
        ] {
            assert!(Options::read(other).is_err(), "{other:?}");
        }
    }
}

//! The arguments of `user-events parked`.

use std::ffi::OsString;
use std::num::NonZeroU32;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, FromArgMatches, Subcommand};

use super::selection::Selection;
use super::target::Target;

/// Look at the records that were set aside, and have them published once more
///
/// Messages are read by hiding them from other readers for as long as the command runs; at its end, at an error and at
/// Ctrl-C they are visible again at once, after a crash within two minutes. Values of records are never shown unless
/// `show --reveal` is asked to.
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
  user-events parked redrive --where code=row-does-not-fit --where table=accounts --dry-run
  user-events parked redrive --all --rate 20
  user-events parked list --endpoint http://127.0.0.1:4566

Credentials and region are those of the environment or the profile (AWS_PROFILE, AWS_REGION).
docs/runbook.md says what to do about each code, and which permissions are needed.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
    Show(Show),
    Redrive(Redrive),
}

/// List what waits: why, which kind of row, whose, since when; never a value
#[derive(Debug, Args)]
pub(super) struct List {
    /// One JSON object per line instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

/// Show one message whole, as JSON, with every value of its row redacted
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The message, as `list` names it; any beginning of its id that no other one has
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: String,

    /// Show the values too: they are personal data, unsealed
    #[arg(long)]
    pub(super) reveal: bool,
}

/// Hand messages over to the redrive queue, whose function publishes them
///
/// A message is deleted from the parked queue only after the redrive queue took it. What happens in between, say a crash,
/// leaves it in both: its events may then come twice, under the same ids, and are never lost. The events
/// have the ids they would have had and the message attribute `replay`. What fails again comes back to the parked queue.
#[derive(Debug, Args)]
#[command(after_long_help = CONDITIONS)]
pub(super) struct Redrive {
    #[command(flatten)]
    pub(super) selection: Selection,

    /// Say what would be handed over, and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Hand over at most so many messages per second
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<NonZeroU32>,
}

const CONDITIONS: &str = "Conditions of --where:
  code=row-does-not-fit          why it was parked
  table=accounts                 the table, or what its name ends in
  subject=users/42               whom or what the row is about
  before=2026-03-01T12:00:00Z    when it was parked, RFC 3339 with an offset
  after=2026-03-01T12:00:00Z     the same; that very moment belongs to it
Given twice, either value of code, table or subject will do; of different names, all must hold.
A notice of the bucket of failures has a time and neither code, table nor subject.";

impl Options {
    /// The options of a command line without the words `user-events parked`.
    ///
    /// Fails when the command line does not fit; the error is the usage.
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

//! The arguments of `user-events parked`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, FromArgMatches, Subcommand};

use super::selection::Selection;
use super::target::Target;

/// List, show, redrive, mend and discard the records that could not be published
///
/// While the command runs, messages are hidden from other readers. They become visible again when it ends, also after an
/// error or Ctrl-C; after a crash, within two minutes. Only `show --reveal`
/// prints values of personal data.
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
  user-events parked redrive 5f0c2d1e --wait
  user-events parked mend 5f0c2d1e --set status=ACTIVE --dry-run
  user-events parked discard 5f0c2d1e --out 5f0c2d1e.json
  user-events parked list --endpoint http://127.0.0.1:4566

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). docs/runbook.md says what to do about each code, and which permissions you need.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    List(List),
    Show(Show),
    Redrive(Redrive),
    Mend(Mend),
    Discard(Discard),
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

    /// Only show what would be redriven, and what would become of it: published, or parked again and why
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Wait, and say for each record whether it was published or parked again
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) wait: bool,

    /// The longest wait; a result that is still missing then is unknown, and the exit status is 1
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "wait")]
    pub(super) within: u32,

    /// The mapping file of the deployment, to foretell what records of a mapped table become
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<String>,

    /// Redrive at most this many messages per second
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<NonZeroU32>,
}

/// Mend a record: edit the image of its row, see what it becomes, and redrive it
///
/// Without --set, --remove and --file, $VISUAL or $EDITOR edits the image. The record keeps its place in the stream, so its
/// events have the IDs and the sequence of the original. It is removed from the parked queue only after the redrive queue
/// accepted the mended one. The row in the table is not changed: correct it, too.
#[derive(Debug, Args)]
#[command(after_long_help = MENDING)]
pub(super) struct Mend {
    /// The ID as `list` shows it, or any unique prefix
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: String,

    /// Give an attribute this value; can be given more than once. The value is visible in the list of processes
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(super) set: Vec<(String, String)>,

    /// Remove an attribute; can be given more than once
    #[arg(long, value_name = "NAME")]
    pub(super) remove: Vec<String>,

    /// Take the whole image from this file, in DynamoDB's JSON; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "remove"])]
    pub(super) file: Option<String>,

    /// Mend the image before the change instead of the one after it
    #[arg(long)]
    pub(super) old: bool,

    /// The mapping file of the deployment, for a record of a mapped table
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<String>,

    /// Only show what the mended record becomes
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

const MENDING: &str = r#"Examples:
  user-events parked mend 5f0c2d1e
  user-events parked mend 5f0c2d1e --set status=ACTIVE --dry-run
  user-events parked mend 5f0c2d1e --set 'version={"N": "7"}' --yes
  user-events parked mend 5f0c2d1e --file - --yes < image.json

A value of --set is a text, which gets the type that the attribute has (a new one: a string), or DynamoDB's JSON. Exit status: 0 if the record was redriven, or with --dry-run would be published; 1 otherwise."#;

/// Discard a message: delete it from the parked queue for ever
#[derive(Debug, Args)]
pub(super) struct Discard {
    /// The ID as `list` shows it, or any unique prefix
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: String,

    /// Write a copy to this new file before: unencrypted personal data
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// The mapping file of the deployment, for a record of a mapped table
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<String>,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a setting has the form NAME=VALUE, such as status=ACTIVE".to_owned()),
    }
}

const CONDITIONS: &str = "Conditions of --where:
  code=row-does-not-fit          the reason
  table=accounts                 the table, or the end of its name
  subject=users/42               the subject of the row
  before=2026-03-01T12:00:00Z    parked before this time (RFC 3339)
  after=2026-03-01T12:00:00Z     parked at this time or later; of a record that was parked
                                 again, the first time counts
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
            &["redrive", "--all", "--wait", "--within", "60"],
            &["mend", "5f0c2d1e", "--set", "a=b=c", "--remove", "d", "--yes"],
            &["discard", "5f0c2d1e", "--out", "copy.json"],
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
            &["redrive", "--all", "--within", "60"],
            &["redrive", "--all", "--wait", "--dry-run"],
            &["mend", "5f0c2d1e", "--set", "=b"],
            &["mend", "5f0c2d1e", "--set", "a=b", "--file", "-"],
            &["discard"],
        ] {
            assert!(Options::read(other).is_err(), "{other:?}");
        }
    }
}

//! The arguments of `user-events erase`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, FromArgMatches, Subcommand};

use super::place::{Place, Stores};

/// Erase a person: delete their key and their records, and write a certificate
///
/// Writes a tombstone in place of the person's key, which makes every published copy of their personal data unreadable, for
/// ever. Then deletes the person's records from the redrive queue, the parked queue and the failure bucket. There is no way
/// back. A run that was interrupted is completed by the same command. Nothing that is printed or written holds the ID or any
/// other personal data.
#[derive(Debug, Args)]
#[command(
    after_long_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Options {
    #[command(flatten)]
    pub(super) erase: Erase,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  user-events erase --user 42 --stack user-events-prod --dry-run
  user-events erase --user 42 --stack user-events-prod \\
      --certificate erased.json
  user-events erase --user 42 --stack user-events-prod --mapping mapping.yaml
  user-events erase verify --user 42 --stack user-events-prod \\
      --messages saved.json
  user-events erase list --stack user-events-prod
  user-events erase restore --stack user-events-prod \\
      --from-table user-events-prod-subject-keys-restored

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). docs/erasure.md says who needs which permission, what is not reached, and what to do when a run was not complete.

Exit status: 0 if the person is erased and nothing of theirs remains, 1 for an error, 2 for an invalid command line, 3 if something remains or was not seen, 130 if interrupted.";

/// Whom to erase.
#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The ID of the user
    #[arg(long, required = true, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) user: Option<String>,

    /// Only count what would be deleted; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Write the certificate to this file, and a page to read beside it [default: erasure-<16 digits of the pseudonym>.json]
    #[arg(long, value_name = "FILE")]
    pub(super) certificate: Option<PathBuf>,

    #[command(flatten)]
    pub(super) place: Place,

    #[command(flatten)]
    pub(super) stores: Stores,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Verify(Verify),
    Restore(Restore),
    List(List),
    Status(Status),
}

/// Prove that nothing of an erased person opens in these messages
///
/// Tries to open every encrypted class of the person's events, with your credentials and the table of keys. Prints counts and
/// never a value. What you were not granted proves nothing, so use credentials that may open every class. A message of a
/// queue is received and made visible again, which counts as one receive.
#[derive(Debug, Args)]
#[command(after_long_help = VERIFY)]
pub(super) struct Verify {
    /// The ID of the user
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) user: String,

    /// Saved messages, in any form that `open` reads; can be given more than once; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "queue")]
    pub(super) messages: Vec<String>,

    /// The messages of this queue, without consuming them; can be given more than once
    #[arg(long, value_name = "URL", num_args = 1..)]
    pub(super) queue: Vec<String>,

    /// Expect this seal key; can be given more than once [default: the stack's]
    #[arg(long, value_name = "ARN")]
    pub(super) seal_key: Vec<String>,

    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) place: Place,
}

const VERIFY: &str = "Examples:
  user-events erase verify --user 42 --stack user-events-prod --messages saved.json
  user-events erase verify --user 42 --stack user-events-prod \\
      --queue https://sqs.eu-west-1.amazonaws.com/111111111111/welcome-dlq.fifo

Of a FIFO queue, SQS shows only the first messages of each message group; what it did not show is counted.

Exit status: 0 if the person is erased and nothing of theirs opens, 1 if anything opens or for an error, 2 for an invalid command line, 3 if it could not be proved, 130 if interrupted.";

/// Bring keys back from a restored table, without those of erased persons
///
/// A restored table holds the keys of persons who were erased after the time that was restored. So nobody is given access to
/// it. First, every person of the ledger gets a tombstone in the live table. Then the keys of all others are copied, where the
/// live table has none. Delete the restored table afterwards.
#[derive(Debug, Args)]
#[command(after_long_help = RESTORE)]
pub(super) struct Restore {
    /// The restored table; its name begins with <live table>-restored
    #[arg(long, value_name = "NAME")]
    pub(super) from_table: String,

    /// Only count what would be written; change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    #[command(flatten)]
    pub(super) place: Place,
}

const RESTORE: &str = "Example:
  user-events erase restore --stack user-events-prod \\
      --from-table user-events-prod-subject-keys-restored-1

Exit status: 0 if every row was copied or left out for a reason that is printed, 1 for an error, 2 for an invalid command line, 130 if interrupted. Run it again after an error: it begins anew, and writes only what is missing.";

/// List the erased persons: pseudonym, time, and whether the last run was complete
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print one JSON object per person
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) place: Place,
}

/// Show whether a person is erased: the same line of the list, and the state of their key
#[derive(Debug, Args)]
pub(super) struct Status {
    /// The ID of the user
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) user: String,

    /// Print it as JSON
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) place: Place,
}

impl Options {
    /// Reads the options from a command line that follows `user-events erase`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("erase").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_named_unless_a_subcommand_is() {
        for fits in [
            &["--user", "42"][..],
            &["--user", "42", "--dry-run", "--stack", "s", "--mapping", "m.yaml"],
            &["verify", "--user", "42", "--messages", "a", "b", "--stack", "s"],
            &["verify", "--user", "42", "--queue", "u", "--queue", "v"],
            &[
                "restore",
                "--from-table",
                "s-subject-keys-restored",
                "--stack",
                "s",
            ],
            &["list", "--endpoint", "http://127.0.0.1:4566"],
            &["status", "--user", "42"],
        ] {
            Options::read(fits).unwrap_or_else(|error| panic!("{fits:?}: {error}"));
        }
        for other in [
            &[][..],
            &["--user", ""],
            &["--stack", "s"],
            &["verify", "--user", "42"],
            &["verify", "--messages", "a"],
            &["restore"],
            &["status"],
        ] {
            assert!(Options::read(other).is_err(), "{other:?}");
        }
    }
}

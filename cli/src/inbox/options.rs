//! The arguments of `user-events inbox`.

use std::ffi::OsString;

use clap::{ArgGroup, Args, FromArgMatches, Subcommand};
use user_events_core::Subject;

/// Show what a consumer has handled, of a snapshot, too, and let it begin anew for a subject
///
/// The inbox is the table in which a consumer records the events that it handled, and the last sequence of each message
/// group (lane). docs/reading.md describes its rows.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "Examples:
  user-events inbox show --table welcome-inbox --consumer welcome --user 42
  user-events inbox show --table welcome-inbox --consumer welcome \\
      --id 4397c1f5-11bb-5760-a25d-36d85fb56dd6
  user-events inbox reset --table welcome-inbox --consumer welcome --user 42
  user-events inbox snapshot --table welcome-inbox --consumer welcome

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need dynamodb:Query on the table, dynamodb:DeleteItem for reset and for snapshot --again, dynamodb:GetItem for snapshot, dynamodb:PutItem for its --complete, and kms:Decrypt with the key that encrypts the table.

Exit status: 0 if rows were shown, deleted or written, 1 for an error, if there is no such row, if the answer was no or if a row had changed, 2 for an invalid command line.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Show(Show),
    Reset(Reset),
    Snapshot(Snapshot),
}

/// Show the rows of a subject's message group, or of an event
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) place: Place,

    #[command(flatten)]
    pub(super) wanted: Wanted,

    /// Print one JSON object per row
    #[arg(long)]
    pub(super) json: bool,
}

/// Delete the recorded sequences of a subject's message group, so that older events count as new again
///
/// Use it if a sequence that is too high makes the consumer leave out the effects of all later events (the metric Stale).
/// Afterwards the next event is taken as new, even if it is older than an event that was handled. Events that were handled
/// are still recognized as duplicates, because their own rows stay. A row that changes meanwhile is not deleted.
#[derive(Debug, Args)]
pub(super) struct Reset {
    #[command(flatten)]
    pub(super) place: Place,

    #[command(flatten)]
    pub(super) subject: WantedSubject,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

/// Show how much of a snapshot the consumer has handled
///
/// A consumer that is given a snapshot queue drains it to the marker of the run, and then starts on its live queue. The marker
/// waits until every event of the run is handled.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").args(["complete", "again"])))]
pub(super) struct Snapshot {
    #[command(flatten)]
    pub(super) place: Place,

    /// The run, as `user-events backfill` printed it [default: the one that was completed last]
    #[arg(long, value_name = "RUN", value_parser = run)]
    pub(super) run: Option<String>,

    /// How many events the run has, as `user-events backfill` printed it; known by itself once the run is completed
    #[arg(long, value_name = "N")]
    pub(super) expected: Option<u64>,

    /// Give up the events of this run that are missing: record it as completed, so that the consumer starts on its live queue
    #[arg(long, value_name = "RUN", value_parser = run, conflicts_with = "run")]
    pub(super) complete: Option<String>,

    /// Forget the snapshot that was completed last, so that a stopped worker drains its snapshot queue first when it starts again
    #[arg(long, conflicts_with_all = ["run", "complete", "expected"])]
    pub(super) again: bool,

    /// Do not ask
    #[arg(long, requires = "change")]
    pub(super) yes: bool,

    /// Print it as JSON
    #[arg(long, conflicts_with = "change")]
    pub(super) json: bool,
}

/// Where the rows are.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The name or ARN of the table
    #[arg(long, value_name = "NAME")]
    pub(super) table: String,

    /// The name of the consumer
    #[arg(long, value_name = "NAME", value_parser = consumer)]
    pub(super) consumer: String,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

/// Which rows: exactly one is given.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Wanted {
    /// The message group of this user
    #[arg(long, value_name = "ID", value_parser = user)]
    pub(super) user: Option<Lane>,

    /// The message group of this subject: users/ID, roles/ID, attempts/ID or erasures/ID
    #[arg(long, value_name = "SUBJECT", value_parser = subject)]
    pub(super) subject: Option<Lane>,

    /// The event with this ID
    #[arg(long, value_name = "EVENT", value_parser = event_id)]
    pub(super) id: Option<String>,
}

/// Exactly one is given.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct WantedSubject {
    /// The message group of this user
    #[arg(long, value_name = "ID", value_parser = user)]
    pub(super) user: Option<Lane>,

    /// The message group of this subject: users/ID, roles/ID, attempts/ID or erasures/ID
    #[arg(long, value_name = "SUBJECT", value_parser = subject)]
    pub(super) subject: Option<Lane>,
}

/// The message group of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) subject: String,
    pub(super) partition_key: String,
}

impl Lane {
    fn new(subject: Subject<'_>) -> Self {
        Self {
            subject: subject.to_string(),
            partition_key: subject.partition_key(),
        }
    }
}

impl Options {
    /// Reads the options from a command line that follows `user-events inbox`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("inbox").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

fn consumer(name: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if (1..=64).contains(&name.len()) && name.chars().all(fits) {
        Ok(name.to_owned())
    } else {
        Err("a consumer's name has 1 to 64 letters, digits, hyphens, underscores and dots".to_owned())
    }
}

/// The ID of a run of a backfill: it is part of keys, which separate it with `#`.
fn run(id: &str) -> Result<String, String> {
    let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    if (1..=64).contains(&id.len()) && id.bytes().all(fits) && !id.starts_with('-') {
        Ok(id.to_owned())
    } else {
        Err("a run has 1 to 64 lower-case letters, digits and hyphens, and begins with no hyphen".to_owned())
    }
}

fn user(id: &str) -> Result<Lane, String> {
    match id {
        "" => Err("the ID must not be empty".to_owned()),
        id => Ok(Lane::new(Subject::User(id))),
    }
}

fn subject(text: &str) -> Result<Lane, String> {
    let subject = match text.split_once('/') {
        Some((_, "")) | None => None,
        Some(("users", id)) => Some(Subject::User(id)),
        Some(("roles", id)) => Some(Subject::Role(id)),
        Some(("attempts", id)) => Some(Subject::Attempt(id)),
        Some(("erasures", id)) => Some(Subject::Erasure(id)),
        Some(_) => None,
    };
    let lane = subject.map(Lane::new);
    lane.ok_or_else(|| "a subject is users/ID, roles/ID, attempts/ID or erasures/ID".to_owned())
}

/// An ID as events have it: a UUID in lower case (RFC 9562, section 4).
fn event_id(id: &str) -> Result<String, String> {
    let groups = id.split('-').map(str::len);
    let hexadecimal = |letter: u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f' | b'-');
    if groups.eq([8, 4, 4, 4, 12]) && id.bytes().all(hexadecimal) {
        Ok(id.to_owned())
    } else {
        Err("the ID of an event is a UUID in lower case".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: [&str; 4] = ["--table", "t", "--consumer", "welcome"];

    fn read(command: &str, rest: &[&str]) -> clap::error::Result<Options> {
        Options::read([command].iter().chain(&PLACE).chain(rest).copied())
    }

    #[test]
    fn rows_are_named_in_exactly_one_way() {
        let id = "4397c1f5-11bb-5760-a25d-36d85fb56dd6";
        for fits in [
            &["--user", "42"][..],
            &["--subject", "roles/admin"],
            &["--id", id],
        ] {
            read("show", fits).unwrap();
        }
        read("reset", &["--user", "42", "--yes"]).unwrap();
        for other in [
            &[][..],
            &["--user", "42", "--id", id],
            &["--user", ""],
            &["--subject", "42"],
            &["--subject", "users/"],
            &["--subject", "orders/1"],
            &["--id", "4397C1F5-11BB-5760-A25D-36D85FB56DD6"],
            &["--id", "4397c1f5"],
        ] {
            assert!(read("show", other).is_err(), "{other:?}");
        }
        assert!(
            read("reset", &["--id", id]).is_err(),
            "only a message group can be reset"
        );
        let consumer = ["show", "--table", "t", "--consumer", "a#b", "--user", "42"];
        assert!(Options::read(consumer).is_err());
    }

    #[test]
    fn a_run_is_shown_or_given_up_and_has_64_characters_at_most() {
        let longest = "a".repeat(64);
        for fits in [
            &[][..],
            &["--run", "run-1", "--expected", "10", "--json"],
            &["--run", &longest],
            &["--complete", "0a-", "--yes"],
            &["--again"],
            &["--again", "--yes"],
        ] {
            read("snapshot", fits).unwrap_or_else(|error| panic!("{fits:?}: {error}"));
        }
        let longer = "a".repeat(65);
        for other in [
            &["--run", ""][..],
            &["--run", &longer],
            &["--run", "-a"],
            &["--run", "A"],
            &["--run", "a#b"],
            &["--run", "a", "--complete", "a"],
            &["--again", "--complete", "a"],
            &["--again", "--json"],
            &["--yes"],
        ] {
            assert!(read("snapshot", other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_message_group_of_a_subject_is_the_one_of_its_events() {
        assert_eq!(subject("users/42").unwrap().partition_key, "users/42");
        assert_eq!(user("42"), subject("users/42"));
        let hashed = user("Zoë").unwrap().partition_key;
        assert!(hashed.len() == 64 && hashed.is_ascii(), "{hashed}");
    }
}

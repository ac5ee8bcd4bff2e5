//! The arguments of `user-events backfill`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, FromArgMatches};

use crate::names;

/// The most segments of a scan (Amazon DynamoDB API Reference, *Scan*).
const MAX_SEGMENTS: u64 = 1_000_000;

/// Give a subscriber that joins late the state of all users, exactly, while writes go on
///
/// Reads the user tables with consistent scans and sends the state of each row, as a snapshot event, into the snapshot queue
/// of this one subscriber. Nothing is written to the tables, and nobody else gets a message. The subscriber's live queue is
/// subscribed before, and not read yet: it collects what changes meanwhile. At the end comes a marker; when the subscriber has
/// handled it, the command turns its live queue on.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group(ArgGroup::new("place").args(["stack", "endpoint"]).required(true).multiple(true)))]
pub struct Options {
    /// The stack of the subscriber; with --queue, a name for it
    #[arg(long, value_name = "NAME", value_parser = subscriber)]
    pub(super) subscriber: String,

    /// The snapshot queue of a subscriber without a stack in this account
    #[arg(long, value_name = "URL")]
    pub(super) queue: Option<String>,

    /// The stack of the publisher [default with --endpoint: user-events-demo]
    #[arg(long, value_name = "NAME")]
    pub(super) stack: Option<String>,

    /// Only the rows of this category; can be given more than once [default: all to which the live queue is subscribed]
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    pub(super) category: Vec<&'static str>,

    /// Only snapshot events of this type, with or without its version; can be given more than once
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) types: Vec<String>,

    /// Only events that this SNS filter policy lets through, by their body: JSON, a file, or `-` for standard input
    #[arg(long = "where", value_name = "POLICY")]
    pub(super) filter: Option<String>,

    /// Only the rows of this user
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) user: Option<String>,

    /// Read at most this many rows in a second, over all tables
    #[arg(long, value_name = "ROWS", default_value = "1000")]
    pub(super) rate: NonZeroU32,

    /// Read each table in this many parts at the same time
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(1..=MAX_SEGMENTS as i64))]
    pub(super) segments: u32,

    /// The mapping file of the deployment; needed if it has one
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<String>,

    /// Read everything and send nothing: print counts, read capacity and costs
    #[arg(long)]
    pub(super) dry_run: bool,

    /// The folder in which the run remembers how far it is [default: backfill-<subscriber>]
    #[arg(long, value_name = "DIR")]
    pub(super) checkpoint: Option<PathBuf>,

    /// End when the marker is sent: do not wait for the subscriber, and do not turn its live queue on
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) no_wait: bool,

    /// Let SNS replay the archive of the topics from the beginning of the run, so that the live queue need not be subscribed
    /// before
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) replay_since_start: bool,

    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

const EXAMPLES: &str = r#"Examples:
  user-events backfill --subscriber welcome --stack user-events-prod --dry-run
  user-events backfill --subscriber welcome --stack user-events-prod
  user-events backfill --subscriber welcome --stack user-events-prod \
      --category account --rate 200
  user-events backfill --subscriber welcome --stack user-events-prod \
      --where '{"data": {"status": ["ACTIVE"]}}'
  user-events backfill --subscriber welcome --stack user-events-prod --user 42
  user-events backfill --subscriber welcome --stack user-events-prod \
      --queue https://sqs.eu-west-1.amazonaws.com/222222222222/welcome-snapshot.fifo

Deploy the subscriber with Snapshot=on and Live=off first. A run that was interrupted or killed keeps its checkpoint, and the same command continues it. Encrypted data classes are encrypted in the messages, too.

--replay-since-start needs FIFO topics with an archive (ArchiveDays). At the end, SNS replays what was published since the beginning of the run to the live queue, or the command prints the ReplayPolicy with which to subscribe it.

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). docs/backfill.md says who needs which permission, and from which size the Step Functions of infra/backfill.yaml or an export are better.

Exit status: 0 if everything was done, 1 for an error or a refusal, 2 for an invalid command line, 3 if rows did not fit, which the report names, 130 if interrupted."#;

impl Options {
    /// Reads the options from a command line that follows `user-events backfill`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("backfill").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    /// The folder of the checkpoint.
    pub(super) fn folder(&self) -> PathBuf {
        let default = || PathBuf::from(format!("backfill-{}", self.subscriber));
        self.checkpoint.clone().unwrap_or_else(default)
    }
}

/// A subscriber's name is a part of the name of a folder.
fn subscriber(name: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if (1..=128).contains(&name.len()) && name.chars().all(fits) {
        Ok(name.to_owned())
    } else {
        Err("the name of a stack has 1 to 128 letters, digits and hyphens".to_owned())
    }
}

fn category(name: &str) -> Result<&'static str, String> {
    names::category(name).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: [&str; 4] = ["--subscriber", "welcome", "--stack", "user-events-prod"];

    #[test]
    fn a_run_has_a_subscriber_and_a_publisher() {
        for fits in [
            &S[..],
            &["--subscriber", "welcome", "--endpoint", "http://127.0.0.1:4566"],
            &[
                &S[..],
                &[
                    "--category",
                    "account",
                    "--category",
                    "Profile",
                    "--type",
                    "UserAccountSnapshot",
                ],
            ]
            .concat(),
            &[
                &S[..],
                &[
                    "--where",
                    "{}",
                    "--rate",
                    "1",
                    "--segments",
                    "1000000",
                    "--user",
                    "42",
                ],
            ]
            .concat(),
            &[
                &S[..],
                &["--dry-run", "--json", "--mapping", "m.yaml", "--checkpoint", "d"],
            ]
            .concat(),
            &[&S[..], &["--no-wait", "--replay-since-start", "--queue", "u"]].concat(),
        ] {
            Options::read(fits).unwrap_or_else(|error| panic!("{fits:?}: {error}"));
        }
        for other in [
            &["--subscriber", "welcome"][..],
            &["--stack", "user-events-prod"],
            &["--subscriber", "../x", "--stack", "p"],
            &[&S[..], &["--category", "orders"]].concat(),
            &[&S[..], &["--rate", "0"]].concat(),
            &[&S[..], &["--segments", "0"]].concat(),
            &[&S[..], &["--segments", "1000001"]].concat(),
            &[&S[..], &["--user", ""]].concat(),
            &[&S[..], &["--dry-run", "--no-wait"]].concat(),
        ] {
            assert!(Options::read(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_checkpoint_is_in_a_folder_of_the_subscriber_unless_another_is_named() {
        assert_eq!(
            Options::read(S).unwrap().folder(),
            PathBuf::from("backfill-welcome")
        );
        let named = Options::read([&S[..], &["--checkpoint", "there"]].concat()).unwrap();
        assert_eq!(named.folder(), PathBuf::from("there"));
    }
}

//! The arguments of `user-events scaffold subscriber`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, FromArgMatches, ValueEnum};

use super::files::Language;

/// Write a working subscriber: its stack, its function and its tests
///
/// For each event the project writes a row into an outbox; change one file to do something else. It depends on the consumer
/// library of its language, which is in a checkout of user-events (see --library). With --endpoint, the command deploys the
/// project's queue, subscription and inbox to a local engine that `cargo demo --keep` left running. With --start, it also runs the subscriber,
/// outside Lambda, until it is interrupted.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct SubscriberOptions {
    /// The programming language
    #[arg(long, value_enum)]
    pub language: Language,

    /// The name of the project: up to 40 lower-case letters, digits and hyphens
    #[arg(long)]
    pub name: String,

    /// The publisher's stage [default: dev; demo with --endpoint]
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,

    /// The topic of a publisher in another account, in place of --stage, --category and --topic
    #[arg(long, value_name = "ARN", conflicts_with_all = ["stage", "category", "topic"])]
    pub topic_arn: Option<String>,

    /// The seal key of that publisher; needed for --classes
    #[arg(long, value_name = "ARN", requires = "topic_arn")]
    pub seal_key_arn: Option<String>,

    /// The publisher's table of persons' keys, from its parameter subject-keys-table-arn, if its SubjectKeys is on
    #[arg(long, value_name = "ARN", requires = "subject_keys_key_arn")]
    pub subject_keys_table_arn: Option<String>,

    /// The KMS key that encrypts that table, from the parameter subject-keys-key-arn
    #[arg(long, value_name = "ARN", requires = "subject_keys_table_arn")]
    pub subject_keys_key_arn: Option<String>,

    /// The category of the events
    #[arg(long, default_value = "account")]
    pub category: String,

    /// The events to receive, with or without their version, in any case, separated by commas [default: all of the category]
    #[arg(long, value_delimiter = ',', value_name = "TYPES")]
    pub events: Vec<String>,

    /// The classes of personal data to open, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "CLASSES")]
    pub classes: Vec<String>,

    /// The type of the queue: a FIFO queue keeps the order of a user's events
    #[arg(long, value_enum, default_value_t = Kind::Fifo)]
    pub queue: Kind,

    /// The type of the publisher's topic: its parameter TopicType
    #[arg(long, value_enum, default_value_t = Kind::Fifo)]
    pub topic: Kind,

    /// Join late: get the state of all users first, through a queue of its own, and then the changes
    #[arg(long, conflicts_with = "trial")]
    pub late: bool,

    /// The roles of the publisher's operators that may send into that queue, separated by commas [default: none but the
    /// subscriber's own operators]
    #[arg(long, value_delimiter = ',', value_name = "ARNS", requires = "late")]
    pub backfill_role_arns: Vec<String>,

    /// The folder to create, which must be missing or empty [default: the name]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The checkout of user-events that has the consumer library [default: the one around the current folder, or the
    /// one that this command was built from]
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,

    /// Deploy the queue, the subscription and the inbox to the local engine at this URL
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,

    /// Install, build and run the subscriber against that engine until Ctrl-C
    #[arg(long, requires = "endpoint")]
    pub start: bool,

    /// Like --start, but write a row that causes an event, and end when the subscriber handled it
    #[arg(long = "try", requires = "endpoint")]
    pub trial: bool,
}

impl SubscriberOptions {
    /// Reads the options from a command line that follows `user-events scaffold subscriber`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("subscriber").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// The type of a queue or topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Keeps the order of each message group.
    Fifo,
    /// Keeps no order.
    Standard,
}

const EXAMPLES: &str = "Examples:
  user-events scaffold subscriber --language python --name welcome \\
      --classes contact
  user-events scaffold subscriber --language typescript --name audit \\
      --category access --queue standard
  user-events scaffold subscriber --language rust --name welcome \\
      --events UserRegistered,UserDeleted --classes contact
  user-events scaffold subscriber --language python --name welcome \\
      --topic-arn arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo
  user-events scaffold subscriber --language python --name welcome \\
      --late --backfill-role-arns arn:aws:iam::111111111111:role/operator
  user-events scaffold subscriber --language python --name welcome \\
      --classes contact --endpoint http://127.0.0.1:4566 --try

Exit status: 0 if everything was done, 1 for an error, 2 for an invalid command line, 130 if --start or --try was interrupted.";

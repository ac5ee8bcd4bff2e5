//! `user-events open`: reads events from saved messages and decrypts the classes of personal data that the caller was granted.

mod event;
mod keys;
mod openers;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, FromArgMatches};
use user_events_consumer::ReceivedEvent;

use crate::messages;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

pub(crate) use event::{Class, OpenedEvent, open};
pub use keys::KeyOptions;
pub(crate) use keys::SUBJECT_KEYS_TABLE;
pub(crate) use openers::{BY_EXAMPLE_KEY, Openers};
pub(crate) use show::{json, readable};

/// The exit status for a refused token.
const REFUSED: u8 = 3;

/// Read saved messages and decrypt the data that you were granted
///
/// Accepts events, SNS notifications, SQS messages, the output of `aws sqs receive-message`, inputs of Lambda functions behind
/// SQS or SNS, files of `cargo demo --events-out`, and any sequence of these. The output holds personal data: leave no copy
/// behind.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The file with the messages [default: standard input, also `-`]
    #[arg(value_name = "FILE")]
    file: Option<String>,

    /// Print one JSON object per event
    #[arg(long)]
    json: bool,

    /// The stage of the seal key [default: dev; demo with --endpoint]
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,

    #[command(flatten)]
    keys: KeyOptions,

    /// Use the KMS of a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = "Examples:
  user-events open message.json
  aws sqs receive-message --queue-url URL --message-attribute-names All \\
      | user-events open
  user-events open message.json --stage prod
  user-events sample UserRegistered --as sqs | user-events open
  user-events open events.ndjson --json --endpoint http://127.0.0.1:4566

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need kms:Decrypt of the classes and, without --seal-key, ssm:GetParameter on /user-events/<stage>/seal-key-arn and /user-events/<stage>/subject-keys-table-arn. Where persons have keys, they also need dynamodb:GetItem on that table and kms:Decrypt on the key that encrypts it. A class that you were not granted is shown as NOT GRANTED, and one of a person who was erased as ERASED; neither is an error.

The events of `user-events sample` need neither credentials nor a region: the example key opens them, and the output says so. With --stage, --seal-key or --endpoint they are refused, like those of any other deployment.

Exit status: 0 if every message is an event and every class was opened or is not granted, 1 if there is no message, a message is not an event or KMS did not answer, 2 for an invalid command line, 3 if a class was refused because it was moved, altered or encrypted by another sender, 130 if interrupted.";

impl Options {
    /// Reads the options from a command line that follows `user-events open`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("open").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when the input cannot be read or has no message, and when an event has sealed classes and there are no credentials.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let work = open_all(options, out, progress);
    tokio::select! {
        biased;
        () = interrupt.raised() => Ok(ExitCode::from(INTERRUPTED)),
        done = work => done,
    }
}

async fn open_all(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    let items = messages::some(options.file.as_deref())?;
    let (stage, endpoint) = (options.stage.as_deref(), options.endpoint.as_deref());
    let mut openers = Openers::new(&options.keys, stage, endpoint);
    let (mut refused, mut failed) = (false, false);
    for item in items {
        let event = match ReceivedEvent::from_message_body(&item.body) {
            Ok(event) if item.attributes.is_empty() => event,
            Ok(event) => event.with_attributes(item.attributes),
            Err(error) => {
                failed = true;
                let place = item.place;
                let why = item.broken.map_or_else(|| error.to_string(), str::to_owned);
                progress.line(format_args!(
                    "{} {place}: {why}",
                    progress.paint(Style::Bad, "not an event:")
                ));
                continue;
            }
        };
        let opened = openers.open(event).await?;
        refused |= opened.is_refused();
        failed |= opened.is_failed();
        if options.json {
            out.line(json(&opened)?)
        } else {
            readable(&opened, out)
        }
    }
    Ok(match (refused, failed) {
        (true, _) => ExitCode::from(REFUSED),
        (false, true) => ExitCode::FAILURE,
        (false, false) => ExitCode::SUCCESS,
    })
}

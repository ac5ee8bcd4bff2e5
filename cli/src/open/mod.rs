//! `user-events open`: events out of saved messages, with the classes of personal data that the caller was granted.

mod event;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, FromArgMatches};
use user_events_consumer::{Opener, ReceivedEvent};

use crate::messages;
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

pub(crate) use event::{Class, class_names, open};
pub(crate) use show::{json, printable, readable};

/// The exit status where a token was refused.
const REFUSED: u8 = 3;

/// Read events out of messages and open the personal data that you were granted
///
/// Takes an event, the notification that SNS wraps around it, a message of SQS, the answer of `aws sqs receive-message`,
/// an event of Lambda's SQS or SNS trigger, a file of `cargo demo --events-out`, and several of these one after another.
/// What is opened is personal data: leave no copy of it behind.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The file with the messages; standard input where it is missing or `-`
    #[arg(value_name = "FILE")]
    file: Option<String>,

    /// One JSON object per event
    #[arg(long)]
    json: bool,

    /// The KMS of a local engine, instead of AWS; no credentials are used then
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = "Examples:
  user-events open message.json
  aws sqs receive-message --queue-url URL --message-attribute-names All | user-events open
  user-events open events.ndjson --json --endpoint http://127.0.0.1:4566

Credentials and region are those of the environment or the profile (AWS_PROFILE, AWS_REGION). A class that they were
not granted is shown as NOT GRANTED, and that is no failure.

Exit status: 0 where every message is an event and every class opened or is not granted, 1 where a message is no event
or KMS could not be asked, 2 for a command line that does not fit, 3 where a token was refused: it was moved or
tampered with, or sealed by somebody else, 130 where it was interrupted.";

impl Options {
    /// The options of a command line without the words `user-events open`.
    ///
    /// Fails when the command line does not fit; the error is the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("open").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when the input cannot be read, and when there are no credentials although something is sealed.
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
    let items = messages::split(&messages::read(options.file.as_deref())?);
    if items.is_empty() {
        progress.line("the input holds no message");
    }
    let mut opener = None;
    let (mut refused, mut failed) = (false, false);
    for item in items {
        let event = match ReceivedEvent::from_message_body(&item.body) {
            Ok(event) if item.attributes.is_empty() => event,
            Ok(event) => event.with_attributes(item.attributes),
            Err(error) => {
                failed = true;
                let place = item.place;
                progress.line(format_args!(
                    "{} {place}: {error}",
                    progress.paint(Style::Bad, "no event:")
                ));
                continue;
            }
        };
        // Nothing sealed needs no credentials.
        let opener = match (&opener, !class_names(&event).is_empty()) {
            (None, true) => {
                opener = Some(Opener::new(
                    Clients::reach(options.endpoint.as_deref()).await?.kms,
                ));
                opener.as_ref()
            }
            (opener, _) => opener.as_ref(),
        };
        let opened = open(opener, event).await;
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

//! `user-events sample`: an event as everybody on its way sees it, from the row's change to the consumer's message.

mod delivery;
mod record;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, FromArgMatches, ValueEnum};
use serde_json::Value;
use user_events_core::Registration;

use crate::names;
use user_events_local::console::{Console, Style};

/// Print an example of an event, in the form in which it is needed
///
/// Every form is of the same event: the stream record fed to the function becomes exactly the envelope. Personal data is
/// synthetic and sealed with the example key, which KMS does not know; docs/commands.md says how to open it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The event, with or without its version, in any case
    #[arg(value_name = "TYPE", required_unless_present = "all", conflicts_with = "all")]
    event: Option<String>,

    /// In which form
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = Form::Envelope)]
    form: Form,

    /// Every event of the catalogue, one per line
    #[arg(long)]
    all: bool,

    /// Of this user instead of user-1
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<String>,
}

/// The forms of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The CloudEvents document: the body of a message that is delivered raw
    Envelope,
    /// The notification that SNS wraps around it where messages are not delivered raw
    Sns,
    /// The answer of SQS's ReceiveMessage, the message delivered raw
    Sqs,
    /// The event of a Lambda function behind an SQS queue, the message delivered raw
    Lambda,
    /// What the publisher's function gets: the change of the row that causes it
    Stream,
}

const EXAMPLES: &str = "Examples:
  user-events sample UserEmailChanged
  user-events sample useremailchangedeventv1 --as lambda --user 42
  user-events sample UserDeleted --as stream
  user-events sample UserRegistered --as sqs | user-events validate -
  user-events sample --all > events.ndjson

Exit status: 0, 1 where there is no such event, 2 for a command line that does not fit.";

impl Options {
    /// The options of a command line without the words `user-events sample`.
    ///
    /// Fails when the command line does not fit; the error is the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("sample").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when there is no such event, with the nearest names; and when a user is given and the event is about none.
pub fn run(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    match &options.event {
        Some(name) => {
            let (category, registration) = names::event(name)?;
            let document = sample(category, registration, options.form, options.user.as_deref())?;
            out.line(serde_json::to_string_pretty(&document)?);
        }
        None => {
            for (category, registration) in names::registrations() {
                let document = sample(category, registration, options.form, None)?;
                out.line(serde_json::to_string(&document)?);
            }
        }
    }
    if options.form == Form::Stream {
        let note = "a row's change holds personal data in clear; this one's is synthetic";
        progress.line(progress.paint(Style::Faint, note));
    }
    Ok(ExitCode::SUCCESS)
}

fn sample(category: &str, registration: &Registration, form: Form, user: Option<&str>) -> Result<Value> {
    let record = match user {
        None => registration.sample_change().record(),
        Some("") => bail!("--user takes an identifier that is not empty"),
        Some(user) => record::for_user(registration, user)?,
    };
    if form == Form::Stream {
        return Ok(serde_json::json!({ "Records": [record] }));
    }
    let event = record::published(&record, registration.event_type().as_str())?;
    Ok(match form {
        Form::Sns => delivery::notification(&event, category),
        Form::Sqs => delivery::sqs(&event),
        Form::Lambda => delivery::lambda(&event, category),
        Form::Envelope | Form::Stream => serde_json::from_str(&event.body)?,
    })
}

#[cfg(test)]
mod tests;

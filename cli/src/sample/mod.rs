//! `user-events sample`: prints an example event in one of its forms, from the stream record to the consumer's message.

mod delivery;
pub(crate) mod record;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::builder::PossibleValue;
use clap::{Args, FromArgMatches, ValueEnum};
use serde_json::Value;
use user_events_catalog::all_registrations;
use user_events_core::{Registration, SAMPLE_RUN};

use crate::names;
use user_events_local::console::{Console, Style};

/// Print an example event as envelope, message or stream record
///
/// All forms describe the same event: from this stream record, the function publishes exactly this envelope. The personal
/// data is synthetic. It is encrypted with an example key that KMS does not know; docs/commands.md says how to open it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The event type, with or without its version, in any case
    #[arg(value_name = "TYPE", required_unless_present = "all", conflicts_with = "all")]
    event: Option<String>,

    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = Form::Envelope)]
    form: Form,

    /// Print every event of the catalog that has the form, one per line
    #[arg(long)]
    all: bool,

    /// Use this user ID instead of user-1
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<String>,
}

/// The forms of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The CloudEvents document: the message body with raw delivery
    Envelope,
    /// The SNS notification around it, for subscriptions without raw delivery
    Sns,
    /// The response of SQS ReceiveMessage, with raw delivery
    Sqs,
    /// The input of a Lambda function that reads an SQS queue, with raw delivery
    Lambda,
    /// The DynamoDB stream record that causes it: the publisher's input
    Stream,
}

impl Form {
    /// Whether the event has this form. The events of a snapshot are sent into one queue, on no topic.
    fn has(self, registration: &Registration) -> bool {
        !registration.is_of_snapshot() || !matches!(self, Self::Sns | Self::Stream)
    }
}

const EXAMPLES: &str = "Examples:
  user-events sample UserEmailChanged
  user-events sample useremailchangedeventv1 --as lambda --user 42
  user-events sample UserDeleted --as stream
  user-events sample UserRegistered --as sqs | user-events validate -
  user-events sample --all > events.ndjson

Exit status: 0 on success, 1 for an unknown event, 2 for an invalid command line.";

impl Options {
    /// Reads the options from a command line that follows `user-events sample`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("sample").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when there is no such event (the error suggests similar names), and when a user is given for an event that is not
/// about a user.
pub fn run(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    match &options.event {
        Some(name) => {
            let (category, registration) = names::event(name)?;
            let document = sample(category, registration, options.form, options.user.as_deref())?;
            out.line(serde_json::to_string_pretty(&document)?);
        }
        None => {
            for (category, registration) in all_registrations().filter(|one| options.form.has(one.1)) {
                let document = sample(category, registration, options.form, None)?;
                out.line(serde_json::to_string(&document)?);
            }
        }
    }
    if options.form == Form::Stream {
        let note = "a stream record holds personal data in plain text; the data in this one is synthetic";
        progress.line(progress.paint(Style::Faint, note));
    }
    Ok(ExitCode::SUCCESS)
}

fn sample(category: &str, registration: &Registration, form: Form, user: Option<&str>) -> Result<Value> {
    if user == Some("") {
        bail!("--user: the ID must not be empty");
    }
    if !form.has(registration) {
        let event_type = registration.event_type();
        let form = form.to_possible_value();
        bail!(
            "{event_type} is a part of a snapshot: it is sent into one queue, and no stream record causes it; --as {} has no \
             such event",
            form.as_ref().map_or("", PossibleValue::get_name)
        );
    }
    let event = if registration.is_of_snapshot() {
        record::snapshot(registration, user, SAMPLE_RUN)?
    } else {
        let record = match user {
            None => registration.sample_change().record(),
            Some(user) => record::for_user(registration, user)?,
        };
        if form == Form::Stream {
            return Ok(serde_json::json!({ "Records": [record] }));
        }
        record::published(&record, registration.event_type().as_str())?
    };
    Ok(match form {
        Form::Sns => delivery::notification(&event, category),
        Form::Sqs => delivery::sqs(&event),
        Form::Lambda => delivery::lambda(&event, category),
        Form::Envelope | Form::Stream => serde_json::from_str(&event.body)?,
    })
}

#[cfg(test)]
mod tests;

//! `user-events send`: puts sample events into a queue, marked as tests.

mod message;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, FromArgMatches};
use user_events_local::clients::Clients;
use user_events_local::clock;
use user_events_local::console::Console;
use user_events_local::failure::explained;

use crate::names;
use crate::printable::printable;
use message::TestMessage;

/// Put a sample event into one queue, marked as a test
///
/// The message is as the publisher's topic delivers it, and also has the message attribute `test` with the value `true`.
/// Consumers set it aside unless they are configured to accept test events. Its sealed classes cannot be opened: the
/// example key that seals them is not in KMS.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The event type, with or without its version, in any case
    #[arg(value_name = "TYPE")]
    event: String,

    /// The URL of the queue
    #[arg(long, value_name = "URL")]
    queue: String,

    /// Use this user ID instead of user-1
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// Send this many events, each with an ID of its own
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU32,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = "Examples:
  user-events send UserDeleted --queue https://sqs.eu-west-1.amazonaws.com/123456789012/welcome.fifo
  user-events send UserRegistered --user 42 --count 10 --queue URL
  user-events send UserDeleted --endpoint http://127.0.0.1:4566 \\
      --queue http://127.0.0.1:4566/000000000000/welcome.fifo

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need sqs:SendMessage on the queue, and kms:GenerateDataKey and kms:Decrypt with the key that encrypts it. The template of a subscriber allows only its topic to send: send as a role with a policy of its own that allows it.

Exit status: 0 if all events were sent, 1 for an error, 2 for an invalid command line.";

impl Options {
    /// Reads the options from a command line that follows `user-events send`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("send").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command. Prints a line for each message: its event's ID, type and subject, and the message ID.
///
/// Fails when there is no such event, when a user is given for an event that is not about a user, and when the queue does not
/// accept a message.
pub async fn run(options: &Options, out: &Console) -> Result<ExitCode> {
    let (_, registration) = names::event(&options.event)?;
    let clients = Clients::reach(options.endpoint.as_deref()).await?;
    let first = clock::now().as_millisecond();
    for number in 0..options.count.get() {
        let place = first + i64::from(number);
        let message = TestMessage::new(registration, options.user.as_deref(), place)?;
        let message_id = send(&clients.sqs, &options.queue, &message).await?;
        let event = &message.event;
        out.line(format_args!(
            "sent {} {}  {}  as message {}",
            registration.event_type(),
            printable(&message.subject()?),
            event.id,
            printable(&message_id)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn send(sqs: &aws_sdk_sqs::Client, queue: &str, message: &TestMessage) -> Result<String> {
    let mut send = sqs
        .send_message()
        .queue_url(queue)
        .message_body(&message.event.body)
        .set_message_attributes(Some(message.attributes()?));
    if queue.ends_with(".fifo") {
        send = send
            .message_group_id(&message.event.partition_key)
            .message_deduplication_id(&message.event.id);
    }
    let answer = send.send().await.map_err(|error| {
        explained(
            format_args!("the queue {queue} did not accept the message"),
            "sqs:SendMessage on the queue, and kms:GenerateDataKey and kms:Decrypt with the key that encrypts it",
            &error,
        )
    })?;
    answer
        .message_id
        .context("SQS answered without a message ID, so the message may not be in the queue")
}

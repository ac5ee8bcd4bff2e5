//! `user-events subscribers`: who is subscribed to a publisher, and how they fare. It reads only.

mod ages;
mod facts;
mod queues;
mod receives;
mod seal_key;
mod show;
mod stacks;
mod survey;
mod topics;

use std::ffi::OsString;
use std::iter::once;
use std::process::ExitCode;

use anyhow::Result;
use aws_sdk_kms::Client;
use clap::{ArgGroup, Args, FromArgMatches};
use user_events_catalog::CATEGORIES;
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};

use crate::printable::printable;
use crate::stack::{Outputs, STACK_OF_THE_DEMO};
use facts::Notes;
use survey::Survey;
pub(crate) use topics::subscriptions;

/// List the subscribers of a publisher: filter, classes, events, depth and age of their queues
///
/// Reads only. What it cannot find out is shown as `-`, with a note.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group(ArgGroup::new("place").args(["stack", "endpoint"]).required(true).multiple(true)))]
pub struct Options {
    /// The stack of the publisher [default with --endpoint: user-events-demo]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// Print one JSON object per subscriber
    #[arg(long)]
    json: bool,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = "Examples:
  user-events subscribers --stack user-events-prod
  user-events subscribers --stack user-events-prod --json
  user-events subscribers --endpoint http://127.0.0.1:4566

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need cloudformation:DescribeStacks and sns:ListSubscriptionsByTopic. With sns:GetSubscriptionAttributes, sqs:GetQueueUrl, sqs:GetQueueAttributes, cloudwatch:GetMetricData, kms:GetKeyPolicy and kms:ListGrants the command shows more.

Exit status: 0 if the subscriptions could be listed, 1 for an error, 2 for an invalid command line.";

/// What the command never finds out.
const NOT_READ: &str = "classes: the policies of IAM are not read. A stack of infra/subscriber.yaml says what it grants; other grants \
                        in IAM are not seen";

impl Options {
    /// Reads the options from a command line that follows `user-events subscribers`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("subscribers").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when there is no such stack, and when its subscriptions cannot be listed.
pub async fn run(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    let clients = Clients::reach(options.endpoint.as_deref()).await?;
    let stack = options.stack.as_deref().unwrap_or(STACK_OF_THE_DEMO);
    let outputs = Outputs::look_up(&clients.cloudformation, stack, "").await?;
    let mut survey = Survey::new(&clients).await;
    let mut topics = Vec::new();
    for category in CATEGORIES {
        let topic_arn = outputs.topic_arn(category.name)?;
        topics.push(survey.topic(category, topic_arn).await?);
    }
    survey.read_ages(&mut topics).await;
    for topic in &topics {
        if options.json {
            for subscriber in &topic.subscribers {
                out.line(show::json(subscriber)?);
            }
            continue;
        }
        out.line(format_args!(
            "{}  {}",
            out.paint(Style::Strong, topic.category.name),
            topic.arn
        ));
        if topic.subscribers.is_empty() {
            out.line("  nobody is subscribed");
        }
        for subscriber in &topic.subscribers {
            show::readable(subscriber, topic.category.events.len(), out);
        }
    }
    if !options.json {
        let key_arn = outputs.get("SealKeyArn")?;
        show_seal_key(&clients.kms, key_arn, &mut survey.notes, out).await;
    }
    for note in once(NOT_READ).chain(survey.notes.iter()) {
        progress.line(format_args!(
            "{} {}",
            progress.paint(Style::Faint, "note:"),
            printable(note)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints who may decrypt with the seal key.
async fn show_seal_key(kms: &Client, key_arn: &str, notes: &mut Notes, out: &Console) {
    let (policy, grants) = seal_key::decrypts(kms, key_arn, notes).await;
    out.line(format_args!(
        "{}  {key_arn}",
        out.paint(Style::Strong, "seal key")
    ));
    for (by, decrypts) in [("by the key policy", policy), ("by grants", grants)] {
        match decrypts.as_deref() {
            None => out.line(format_args!("  {by}: -")),
            Some([]) => out.line(format_args!("  {by}: nobody may decrypt; IAM decides")),
            Some(decrypts) => decrypts.iter().for_each(|one| show::decrypts(by, one, out)),
        }
    }
}

//! `user-events subscribers`: who is subscribed to a publisher, and how they fare. It reads only.

mod facts;
mod queues;
mod receives;
mod seal_key;
mod show;
mod stacks;
mod topics;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use aws_sdk_sns::types::Subscription;
use clap::{ArgGroup, Args, FromArgMatches};
use hyper::Uri;
use user_events_catalog::CATEGORIES;
use user_events_core::Category;
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};

use crate::arn::account;
use crate::printable::printable;
use crate::stack::{Outputs, STACK_OF_THE_DEMO};
use facts::{Depth, Notes, Subscriber};
use queues::Queue;
use stacks::SubscriberStack;
pub(crate) use topics::subscriptions;

/// List the subscribers of a publisher: filter, classes, events, depth of their queues
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

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need cloudformation:DescribeStacks and sns:ListSubscriptionsByTopic. With sns:GetSubscriptionAttributes, sqs:GetQueueUrl, sqs:GetQueueAttributes, kms:GetKeyPolicy and kms:ListGrants the command shows more.

Exit status: 0 if the subscriptions could be listed, 1 for an error, 2 for an invalid command line.";

/// What the command never finds out.
const NOT_READ: [&str; 2] = [
    "oldest: the age of the oldest message is the metric ApproximateAgeOfOldestMessage of the queue, and this command does not \
     read Amazon CloudWatch",
    "classes: the policies of IAM are not read. A stack of infra/subscriber.yaml says what it grants; other grants in IAM are not seen",
];

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
    let mut notes = Notes::default();
    let stacks = notes.known(stacks::by_queue(&clients.cloudformation).await);
    let mut survey = Survey {
        clients: &clients,
        stacks: stacks.unwrap_or_default(),
        notes,
    };
    for category in CATEGORIES {
        let topic_arn = outputs.topic_arn(category.name)?;
        let subscribers = survey.subscribers(category, topic_arn).await?;
        if options.json {
            for subscriber in &subscribers {
                out.line(show::json(subscriber)?);
            }
            continue;
        }
        out.line(format_args!(
            "{}  {topic_arn}",
            out.paint(Style::Strong, category.name)
        ));
        if subscribers.is_empty() {
            out.line("  nobody is subscribed");
        }
        for subscriber in &subscribers {
            show::readable(subscriber, category.events.len(), out);
        }
    }
    if !options.json {
        survey.seal_key(outputs.get("SealKeyArn")?, out).await;
    }
    for note in NOT_READ.into_iter().chain(survey.notes.iter()) {
        progress.line(format_args!(
            "{} {}",
            progress.paint(Style::Faint, "note:"),
            printable(note)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is read on the way.
struct Survey<'a> {
    clients: &'a Clients,
    stacks: BTreeMap<String, SubscriberStack>,
    notes: Notes,
}

impl Survey<'_> {
    async fn subscribers(&mut self, category: &Category, topic_arn: &str) -> Result<Vec<Subscriber>> {
        let mut subscribers = Vec::new();
        for subscription in topics::subscriptions(&self.clients.sns, topic_arn).await? {
            subscribers.push(self.subscriber(category, topic_arn, subscription).await);
        }
        Ok(subscribers)
    }

    async fn subscriber(
        &mut self,
        category: &Category,
        topic_arn: &str,
        subscription: Subscription,
    ) -> Subscriber {
        let owner = subscription.owner.filter(|owner| owner != account(topic_arn));
        let arn = subscription.subscription_arn.unwrap_or_default();
        let protocol = subscription.protocol.unwrap_or_default();
        let endpoint = subscription.endpoint.unwrap_or_default();
        let details = topics::details(&self.clients.sns, &arn).await;
        let details = self.notes.known(details);
        let queue = match protocol.as_str() {
            "sqs" => self.queue(&endpoint).await,
            _ => None,
        };
        let filter = details.as_ref().and_then(|details| details.filter.clone());
        let receives = details
            .as_ref()
            .map(|_| receives::receives(category.name, filter.as_ref()));
        let stack = self.stacks.get(&endpoint).cloned();
        Subscriber {
            category: category.name,
            account: owner.filter(|owner| !owner.is_empty()),
            filter,
            raw: details.as_ref().map(|details| details.raw),
            receives: receives.and_then(|receives| self.notes.known(receives)),
            waiting: queue.as_ref().and_then(Queue::waiting),
            in_flight: queue.as_ref().and_then(Queue::in_flight),
            dead_letters: self.depth(queue.map(|queue| queue.dead_letter_queue())).await,
            undelivered: self.depth(details.map(|details| details.undelivered)).await,
            classes: stack.as_ref().map(|stack| stack.classes.clone()),
            stack: stack.map(|stack| stack.name),
            endpoint: shown(&protocol, endpoint),
            protocol,
        }
    }

    async fn queue(&mut self, arn: &str) -> Option<Queue> {
        let queue = Queue::read(&self.clients.sqs, arn).await;
        self.notes.known(queue)
    }

    /// The messages in a queue of failures. The outer `None` means that nobody knows whether there is one.
    async fn depth(&mut self, arn: Option<Option<String>>) -> Depth {
        match arn {
            Some(Some(arn)) => {
                let messages = self.queue(&arn).await.and_then(|queue| queue.waiting());
                messages.map_or(Depth::Unknown, Depth::Messages)
            }
            Some(None) => Depth::NoQueue,
            None => Depth::Unknown,
        }
    }

    async fn seal_key(&mut self, key_arn: &str, out: &Console) {
        let (policy, grants) = seal_key::decrypts(&self.clients.kms, key_arn, &mut self.notes).await;
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
}

/// The endpoint without personal data and secrets: nothing of an e-mail address or a telephone number, and of a URL only the
/// scheme and the host, because the rest can hold a password or a token.
fn shown(protocol: &str, endpoint: String) -> Option<String> {
    if endpoint.starts_with("arn:") {
        return Some(endpoint);
    }
    let url: Uri = endpoint.parse().ok().filter(|_| protocol.starts_with("http"))?;
    Some(format!("{}://{}", url.scheme_str()?, url.host()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_endpoint_shows_a_person_or_a_secret() {
        let shown = |protocol: &str, endpoint: &str| shown(protocol, endpoint.to_owned());
        assert_eq!(
            shown("sqs", "arn:aws:sqs:eu-west-1:1:q").as_deref(),
            Some("arn:aws:sqs:eu-west-1:1:q")
        );
        assert_eq!(
            shown("https", "https://user:secret@hooks.example.com/token?key=1").as_deref(),
            Some("https://hooks.example.com")
        );
        assert_eq!(shown("email", "ada@example.com"), None);
        assert_eq!(shown("email-json", "ada@example.com"), None);
        assert_eq!(shown("sms", "+12025550100"), None);
    }
}

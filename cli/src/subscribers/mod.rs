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

use crate::stack::{Outputs, STACK_OF_THE_DEMO};
use facts::{Depth, Filter, Notes, Subscriber};
use queues::Queue;
use stacks::SubscriberStack;

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
        progress.line(format_args!("{} {note}", progress.paint(Style::Faint, "note:")));
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
            subscribers.push(self.subscriber(category, subscription).await);
        }
        Ok(subscribers)
    }

    async fn subscriber(&mut self, category: &Category, subscription: Subscription) -> Subscriber {
        let arn = subscription.subscription_arn.unwrap_or_default();
        let attributes = topics::attributes(&self.clients.sns, &arn).await;
        let attributes = self.notes.known(attributes);
        if let Some(None) = attributes {
            self.notes.add(format!(
                "a subscription to {} waits for its confirmation",
                category.name
            ));
        }
        let attributes = attributes.flatten();
        let attribute = |name: &str| {
            attributes
                .as_ref()?
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        };
        let filter = attribute("FilterPolicy")
            .filter(|policy| policy != "{}")
            .map(|policy| Filter {
                policy,
                scope: attribute("FilterPolicyScope").unwrap_or_else(|| "MessageAttributes".to_owned()),
            });
        let receives = attributes
            .is_some()
            .then(|| receives::receives(category.name, filter.as_ref()));
        let protocol = subscription.protocol.unwrap_or_default();
        let endpoint = subscription.endpoint.unwrap_or_default();
        let is_queue = protocol == "sqs";
        let queue = if is_queue {
            let queue = Queue::read(&self.clients.sqs, &endpoint).await;
            self.notes.known(queue)
        } else {
            None
        };
        let stack = self.stacks.get(&endpoint).cloned();
        Subscriber {
            category: category.name,
            raw: attributes
                .is_some()
                .then(|| attribute("RawMessageDelivery").as_deref() == Some("true")),
            receives: receives.and_then(|receives| self.notes.known(receives)),
            dead_letters: match &queue {
                Some(queue) => self.depth(queue.dead_letter_queue()).await,
                None => Depth::Unknown,
            },
            undelivered: match &attributes {
                Some(_) => {
                    let policy = attribute("RedrivePolicy");
                    self.depth(policy.as_deref().and_then(queues::target)).await
                }
                None => Depth::Unknown,
            },
            filter,
            waiting: queue.as_ref().and_then(Queue::waiting),
            in_flight: queue.as_ref().and_then(Queue::in_flight),
            classes: stack.as_ref().map(|stack| stack.classes.clone()),
            stack: stack.map(|stack| stack.name),
            endpoint: shown(&protocol, endpoint),
            protocol,
        }
    }

    /// The messages in a queue that holds failures.
    async fn depth(&mut self, arn: Option<String>) -> Depth {
        match arn {
            Some(arn) => {
                let queue = Queue::read(&self.clients.sqs, &arn).await;
                let messages = self.notes.known(queue).and_then(|queue| queue.waiting());
                messages.map_or(Depth::Unknown, Depth::Messages)
            }
            None => Depth::NoQueue,
        }
    }

    async fn seal_key(&mut self, key_arn: &str, out: &Console) {
        let decrypts = seal_key::decrypts(&self.clients.kms, key_arn, &mut self.notes).await;
        out.line(format_args!(
            "{}  {key_arn}",
            out.paint(Style::Strong, "seal key")
        ));
        for decrypts in &decrypts {
            show::decrypts(decrypts, out);
        }
        if decrypts.is_empty() {
            out.line("  its policy and its grants allow nobody to decrypt; IAM decides");
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

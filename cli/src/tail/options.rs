//! The arguments of `user-events tail`.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use hyper::Uri;

use super::{span, subject};
use crate::arn::TopicArn;
use crate::classes;
use crate::names;
use crate::open::KeyOptions;
use crate::parameter;
use user_events_policy::Scope;

/// Follow the events of a stage as they are published
///
/// Subscribes a temporary queue to the topic of each category, and removes both when it ends: at Ctrl-C, at an error, after
/// --count or --for. Never reads other queues. Shows only events that are published while it runs.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The stage; its topics are looked up in the parameter store [default: dev; demo with --endpoint]
    #[arg(long, value_name = "NAME")]
    pub(super) stage: Option<String>,

    /// Follow this topic, which may be in another account; can be given more than once
    #[arg(long, value_name = "ARN", value_parser = TopicArn::parse, conflicts_with_all = ["stage", "category"])]
    pub(super) topic_arn: Vec<TopicArn>,

    /// Follow only this category; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_parser = names::category)]
    pub(super) category: Vec<&'static str>,

    /// Show only events of this type; can be given more than once
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    pub(super) types: Vec<&'static str>,

    /// Show only events about this subject, such as users/42; can be given more than once
    #[arg(long, value_name = "SUBJECT", value_parser = subject::read)]
    pub(super) subject: Vec<String>,

    /// Show only events that hold this class of personal data; can be given more than once
    #[arg(long, value_name = "CLASS", value_parser = classes::class)]
    pub(super) class: Vec<&'static str>,

    /// Let SNS filter by this policy: JSON, a file, or `-` for standard input
    #[arg(long, value_name = "POLICY")]
    pub(super) filter_policy: Option<String>,

    /// What the filter policy looks at
    #[arg(long, value_enum, default_value_t, requires = "filter_policy")]
    pub(super) scope: Scope,

    /// Decrypt the classes that you were granted; the output then holds personal data
    #[arg(long)]
    pub(super) open: bool,

    #[command(flatten)]
    pub(super) keys: KeyOptions,

    /// Post each event to this server on this machine, and show its answer
    #[arg(long, value_name = "URL")]
    pub(super) forward_to: Option<Uri>,

    /// Print one JSON object per event
    #[arg(long)]
    pub(super) json: bool,

    /// End after this many events
    #[arg(long, value_name = "N")]
    pub(super) count: Option<NonZeroU64>,

    /// End after this time, such as 90s, 15m or 2h
    #[arg(long = "for", value_name = "TIME", value_parser = span::read)]
    pub(super) time: Option<Duration>,

    /// Only remove what crashed tails left behind
    #[arg(long, conflicts_with_all = ["stage", "topic_arn", "category", "types", "subject", "class", "filter_policy", "open", "json",
        "forward_to", "count", "time"])]
    pub(super) gc: bool,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

const EXAMPLES: &str = r#"Examples:
  user-events tail
  user-events tail --stage prod --category account --type UserDeleted
  user-events tail --subject users/42 --open
  user-events tail --filter-policy '{"dataClasses": ["contact"]}' --count 10
  user-events tail --forward-to http://127.0.0.1:8080/events
  user-events tail --topic-arn arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo
  user-events tail --endpoint http://127.0.0.1:4566 --for 5m --json
  user-events tail --gc

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need ssm:GetParameter on /user-events/<stage>/topic/*, except with --topic-arn; sns:Subscribe and sns:Unsubscribe; sqs:CreateQueue, TagQueue, GetQueueAttributes, SetQueueAttributes, ReceiveMessage, DeleteMessage and DeleteQueue on queues named user-events-tail-*; for --gc also sqs:ListQueues, sqs:ListQueueTags, sns:ListSubscriptionsByTopic and, for topics of other accounts, sns:ListSubscriptions; for --open kms:Decrypt of the classes and ssm:GetParameter on /user-events/<stage>/seal-key-arn and /user-events/<stage>/subject-keys-table-arn and, where persons have keys, dynamodb:GetItem on that table and kms:Decrypt on its key.

Options that together let no event through are refused, with the nearest that would.

Exit status: 0 after --count or --for, or when the output is closed; 1 for an error, if something could not be removed, or if --for ended before --count was reached; 2 for an invalid command line; 130 if interrupted."#;

impl Options {
    /// Reads the options from a command line that follows `user-events tail`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("tail").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    /// What is followed, for people.
    pub(super) fn place(&self) -> String {
        match self.topic_arn.as_slice() {
            [] => format!("in the stage {}", self.stage()),
            topics => {
                let arns: Vec<_> = topics.iter().map(TopicArn::as_str).collect();
                format!("of {}", arns.join(", "))
            }
        }
    }

    /// The stage to follow.
    pub(super) fn stage(&self) -> &str {
        parameter::stage(self.stage.as_deref(), self.endpoint.as_deref())
    }
}

fn event_type(name: &str) -> anyhow::Result<&'static str> {
    names::event(name).map(|(_, registration)| registration.event_type().as_str())
}

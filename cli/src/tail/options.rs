//! The arguments of `user-events tail`.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::time::Duration;

use clap::{Args, FromArgMatches};

use super::span;
use crate::names;
use crate::policy::Scope;

/// Follow the events of a stage as they are published
///
/// Makes a queue of its own behind the topic of each category, and removes queue and subscription at the end: at Ctrl-C,
/// at an error, after --count or --for. Nobody else's queue is ever read. Only what is published while it runs is shown.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The stage; its topics are looked up in the parameter store [default: dev; with --endpoint demo]
    #[arg(long, value_name = "NAME")]
    pub(super) stage: Option<String>,

    /// Follow these categories only; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_parser = names::category)]
    pub(super) category: Vec<&'static str>,

    /// Show events of this type only; can be given more than once
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    pub(super) types: Vec<&'static str>,

    /// Show events about this subject only, such as users/42; can be given more than once
    #[arg(long, value_name = "SUBJECT")]
    pub(super) subject: Vec<String>,

    /// Show events that hold this class of personal data only; can be given more than once
    #[arg(long, value_name = "CLASS")]
    pub(super) class: Vec<String>,

    /// Have SNS filter by this policy: JSON, a file, or `-` for standard input
    #[arg(long, value_name = "POLICY")]
    pub(super) filter_policy: Option<String>,

    /// What the filter policy looks at
    #[arg(long, value_enum, default_value_t, requires = "filter_policy")]
    pub(super) scope: Scope,

    /// Open the classes that you were granted; what is opened is personal data
    #[arg(long)]
    pub(super) open: bool,

    /// One JSON object per event
    #[arg(long)]
    pub(super) json: bool,

    /// End after so many events
    #[arg(long, value_name = "N")]
    pub(super) count: Option<NonZeroU64>,

    /// End after that time, such as 90s, 15m or 2h
    #[arg(long = "for", value_name = "TIME", value_parser = span::read)]
    pub(super) time: Option<Duration>,

    /// Remove what tails that crashed left behind, and do nothing else
    #[arg(long, conflicts_with_all = ["stage", "category", "types", "subject", "class", "filter_policy", "open", "json",
        "count", "time"])]
    pub(super) gc: bool,

    /// A local engine, instead of AWS; no credentials are used then
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

const EXAMPLES: &str = r#"Examples:
  user-events tail
  user-events tail --stage prod --category account --type UserDeleted
  user-events tail --subject users/42 --open
  user-events tail --filter-policy '{"dataClasses": ["contact"]}' --json --count 10
  user-events tail --endpoint http://127.0.0.1:4566 --for 5m
  user-events tail --gc

Credentials and region are those of the environment or the profile (AWS_PROFILE, AWS_REGION). They need ssm:GetParameter
on /user-events/<stage>/topic/*; sns:Subscribe and sns:Unsubscribe; sqs:CreateQueue, TagQueue, GetQueueAttributes,
SetQueueAttributes, ReceiveMessage, DeleteMessage and DeleteQueue on queues named user-events-tail-*; for --gc also
sqs:ListQueues, sqs:ListQueueTags and sns:ListSubscriptionsByTopic; for --open kms:Decrypt of the classes.

Exit status: 0 where it ended by --count, --for or because its reader went away, 1 at an error, where something could not
be removed, or where --for was over before --count was reached, 2 for a command line that does not fit, 130 where it was
interrupted."#;

impl Options {
    /// The options of a command line without the words `user-events tail`.
    ///
    /// Fails when the command line does not fit; the error is the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("tail").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    /// The stage that is followed.
    pub(super) fn stage(&self) -> &str {
        match (&self.stage, &self.endpoint) {
            (Some(stage), _) => stage,
            (None, Some(_)) => "demo",
            (None, None) => "dev",
        }
    }
}

fn event_type(name: &str) -> anyhow::Result<&'static str> {
    names::event(name).map(|(_, registration)| registration.event_type().as_str())
}

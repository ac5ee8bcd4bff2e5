//! The arguments of `user-events replay`.

use std::ffi::OsString;

use clap::{Args, FromArgMatches, Subcommand};
use user_events_core::Time;

use crate::names;

/// Let SNS deliver archived events to a subscriber again
///
/// Works for FIFO topics with an archive (the publisher's parameter ArchiveDays). The events come into the live queue of this
/// one subscriber, with the same IDs and in their old order. Its inbox drops every event that it has handled. An event that it
/// has not handled, of a user of whom it has handled a later one, is stale: its effects are left out. To repair the copy of
/// such users, use `user-events backfill`. New events are delivered, too.
#[derive(Debug, Args)]
#[command(
    after_long_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Options {
    #[command(flatten)]
    pub(super) start: Start,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  user-events replay --subscriber welcome --since 2026-03-01T10:00:00Z
  user-events replay --subscriber welcome --category account \\
      --since 2026-03-01T10:00:00Z --until 2026-03-01T12:00:00Z
  user-events replay status --subscriber welcome
  user-events replay stop --subscriber welcome

With --until, SNS pauses the subscription at the end (Amazon SNS Developer Guide, Message replay for FIFO topic subscribers): nothing new is delivered until a replay without --until follows, from the same time on. The command asks first.

Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They are of the account that owns the subscription, and need cloudformation:DescribeStacks, sns:ListSubscriptions, sns:GetSubscriptionAttributes, sns:SetSubscriptionAttributes and, to know how far the archive reaches, sns:GetTopicAttributes.

Exit status: 0 if SNS took it, 1 for an error, if the archive cannot serve the times or if the answer was no, 2 for an invalid command line.";

/// What to replay.
#[derive(Debug, Args)]
pub(super) struct Start {
    #[command(flatten)]
    pub(super) place: Place,

    /// Replay what was published from this time on: RFC 3339, such as 2026-03-01T10:00:00Z
    #[arg(long, required = true, value_name = "TIME", value_parser = time)]
    since: Option<Time>,

    /// Replay only what was published until this time, and pause the subscription then
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<Time>,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Status(Status),
    Stop(Stop),
}

/// Show the replay of a subscriber: Pending, In progress, Completed or Failed
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) place: Place,

    /// Print one JSON object per subscription
    #[arg(long)]
    pub(super) json: bool,
}

/// Stop the replay of a subscriber, or end the pause after one
#[derive(Debug, Args)]
pub(super) struct Stop {
    #[command(flatten)]
    pub(super) place: Place,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

/// Whose subscriptions.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The stack of the subscriber
    #[arg(long, value_name = "NAME", required_unless_present = "subscription")]
    pub(super) subscriber: Option<String>,

    /// The ARN of a subscription, if no stack has it
    #[arg(long, value_name = "ARN", conflicts_with = "subscriber")]
    pub(super) subscription: Option<String>,

    /// Only the subscription to the topic of this category; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_parser = category, conflicts_with = "subscription")]
    pub(super) category: Vec<&'static str>,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

impl Start {
    /// The time from which to replay.
    pub(super) fn since(&self) -> Option<Time> {
        self.since
    }
}

impl Options {
    /// Reads the options from a command line that follows `user-events replay`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("replay").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

fn category(name: &str) -> Result<&'static str, String> {
    names::category(name).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text)
        .ok_or_else(|| "a time is RFC 3339, with its offset, such as 2026-03-01T10:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_has_a_beginning_and_a_subscriber() {
        const SINCE: [&str; 2] = ["--since", "2026-03-01T10:00:00Z"];
        for fits in [
            &["--subscriber", "s"][..],
            &[
                "--subscriber",
                "s",
                "--category",
                "account",
                "--category",
                "profile",
            ],
            &[
                "--subscriber",
                "s",
                "--until",
                "2026-03-01T12:00:00+01:00",
                "--yes",
            ],
            &["--subscription", "arn:aws:sns:eu-west-1:111111111111:t.fifo:1"],
        ] {
            Options::read([fits, &SINCE].concat()).unwrap_or_else(|error| panic!("{fits:?}: {error}"));
        }
        for fits in [
            &["status", "--subscriber", "s", "--json"][..],
            &["stop", "--subscriber", "s", "--yes"],
            &[
                "stop",
                "--subscription",
                "arn:aws:sns:eu-west-1:111111111111:t.fifo:1",
            ],
        ] {
            Options::read(fits).unwrap_or_else(|error| panic!("{fits:?}: {error}"));
        }
        for other in [
            &[][..],
            &["--subscriber", "s"],
            &SINCE,
            &["--subscriber", "s", "--since", "yesterday"],
            &["--subscriber", "s", "--since", "2026-03-01T10:00:00"],
            &[
                "--subscriber",
                "s",
                "--subscription",
                "a",
                "--since",
                "2026-03-01T10:00:00Z",
            ],
            &["status"],
            &["stop", "--since", "2026-03-01T10:00:00Z"],
        ] {
            assert!(Options::read(other).is_err(), "{other:?}");
        }
    }
}

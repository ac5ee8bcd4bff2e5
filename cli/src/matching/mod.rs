//! `user-events match`: tests which events a filter policy lets through.

mod judged;
mod notes;
mod propose;
mod show;

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use user_events_core::Publication;

use crate::names::category;
use judged::{Candidate, Judged, candidates};
use user_events_local::console::{Console, Style};

use user_events_policy::{FilterPolicy, Scope};

/// Test which events an SNS filter policy lets through, or propose one
///
/// Tests the policy against an example of every event, by the rules in the Amazon SNS Developer Guide. Refuses a policy that
/// SNS would refuse, and names the key. With --propose, writes the policy for the events that you choose.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The policy: JSON, a file, or `-` for standard input
    #[arg(value_name = "POLICY", required_unless_present = "propose")]
    policy: Option<String>,

    /// Propose the smallest policy for these events: names in any version, or types; more events with --category, --class
    #[arg(long, value_name = "EVENT,…", num_args = 0.., value_delimiter = ',', conflicts_with_all = ["policy", "replay", "why", "json"])]
    propose: Option<Vec<String>>,

    /// With --propose: the events with this data class; can be given more than once
    #[arg(long, value_name = "CLASS", value_delimiter = ',', requires = "propose")]
    class: Vec<String>,

    /// What the policy looks at: the subscription's FilterPolicyScope
    #[arg(long, value_enum, default_value_t)]
    scope: Scope,

    /// Test only events of this category, or propose a policy for them; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',', value_parser = category)]
    category: Vec<&'static str>,

    /// Test redriven events, which have the attribute `replay`
    #[arg(long)]
    replay: bool,

    /// Name the keys that refuse each event
    #[arg(long)]
    why: bool,

    /// Print one JSON object per event instead of a table
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = r#"Examples:
  user-events match '{"eventName": ["UserRegistered", "UserDeleted"]}'
  user-events match '{"dataClasses": ["contact"]}' --why
  user-events match policy.json --category account --json
  user-events match --scope body '{"data": {"mode": ["HARD"]}}'
  echo '{"replay": [{"exists": false}]}' | user-events match - --replay
  user-events match --propose UserEmailChanged,UserRegistered
  user-events match --propose UserDeletedEventV1 --scope body
  user-events match --propose --category account --class contact

With --propose, several categories or classes are alternatives, a category and a class must both hold, and named events come on top. Exit status: 0 if at least one event is let through, 1 if none is or SNS would refuse the policy, 2 for an invalid command line. docs/envelope.md lists the message attributes. Policies cannot see encrypted data."#;

/// Runs the command. Succeeds if an event is let through.
///
/// Fails when the policy cannot be read or SNS would refuse it.
pub fn run(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    if let Some(events) = &options.propose {
        let choice = propose::Choice::new(events, &options.category, &options.class)?;
        return propose::run(&choice, options.scope, out, progress);
    }
    let text = options.policy.as_deref().map(policy_text).transpose()?;
    let policy = FilterPolicy::parse(&text.unwrap_or_default(), options.scope)?;
    let publication = Publication {
        replay: options.replay,
        ..Publication::default()
    };
    let of_category =
        |candidate: &Candidate| options.category.is_empty() || options.category.contains(&candidate.category);
    let (candidates, others): (Vec<_>, Vec<_>) = candidates(&publication).partition(of_category);
    for note in notes::keys(&policy, options.scope, &candidates)
        .into_iter()
        .chain(notes::values(
            &policy,
            options.scope,
            candidates.iter().chain(&others),
        ))
    {
        progress.line(format_args!("{} {note}", progress.paint(Style::Bad, "note:")));
    }
    let judge = |candidate| Judged {
        candidate,
        verdict: policy.judge(&candidate.message),
    };
    let judged: Vec<_> = candidates.iter().map(judge).collect();
    let through = judged.iter().filter(|judged| judged.is_through()).count();
    if options.json {
        show::json(&judged, out)?
    } else {
        show::readable(&judged, options.why, out);
        progress.line(format_args!(
            "{through} of {} events are let through",
            judged.len()
        ));
    }
    Ok(match through {
        0 => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// The text of the policy: the argument if it looks like JSON, otherwise the content of the file or standard input.
pub(crate) fn policy_text(argument: &str) -> Result<String> {
    if argument.trim_start().starts_with(['{', '[']) {
        return Ok(argument.to_owned());
    }
    if argument == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.context("standard input cannot be read as UTF-8 text")?;
        return Ok(text);
    }
    std::fs::read_to_string(argument).with_context(|| {
        format!("{argument} cannot be read; the policy is JSON, a file, or - for standard input")
    })
}

#[cfg(test)]
mod tests;

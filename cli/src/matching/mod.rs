//! `user-events match`: tests which events a filter policy lets through.

mod judged;
mod show;

use std::collections::BTreeSet;
use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use user_events_core::Publication;
use user_events_core::description::published_example;

use crate::names::{category, registrations};
use judged::{Candidate, Judged};
use user_events_local::console::{Console, Style};

use user_events_policy::{FilterPolicy, Message, Scope};

/// Test which events an SNS filter policy lets through
///
/// Tests the policy against an example of every event, by the rules in the Amazon SNS Developer Guide. Refuses a policy that
/// SNS would refuse, and names the key.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The policy: JSON, a file, or `-` for standard input
    #[arg(value_name = "POLICY")]
    policy: String,

    /// What the policy looks at: the subscription's FilterPolicyScope
    #[arg(long, value_enum, default_value_t)]
    scope: Scope,

    /// Test only events of this category; can be given more than once
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
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

Exit status: 0 if at least one event is let through, 1 if none is or SNS would refuse the policy, 2 for an invalid command line. docs/envelope.md lists the message attributes. Policies cannot see encrypted data."#;

/// Runs the command. Succeeds if an event is let through.
///
/// Fails when the policy cannot be read or SNS would refuse it.
pub fn run(options: &Options, out: &Console, progress: &Console) -> Result<ExitCode> {
    let policy = FilterPolicy::parse(&policy_text(&options.policy)?, options.scope)?;
    let publication = Publication {
        replay: options.replay,
        ..Publication::default()
    };
    let mut candidates = Vec::new();
    for (category, registration) in registrations() {
        if options.category.is_empty() || options.category.contains(&category) {
            let message = Message::from_event(&published_example(registration, category, &publication).event);
            candidates.push(Candidate {
                category,
                registration,
                message,
            });
        }
    }
    for note in notes(&policy, options.scope, &candidates) {
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

/// Notes about likely mistakes: keys that no event has.
fn notes(policy: &FilterPolicy, scope: Scope, candidates: &[Candidate]) -> Vec<String> {
    let classes: BTreeSet<_> = candidates
        .iter()
        .flat_map(|candidate| candidate.registration.classes())
        .collect();
    let unknown = policy.paths().into_iter().filter_map(|path| {
        let key = path.join(".");
        if scope == Scope::Body && path.len() > 2 && path[0] == "data" && classes.contains(path[1]) {
            return Some(format!(
                "`{key}` is sealed (encrypted); SNS cannot see inside `{}`",
                path[1]
            ));
        }
        let has = |candidate: &Candidate| candidate.message.has(scope, &path);
        let known = candidates.iter().any(has);
        let rare = scope == Scope::Attributes && key == "replay";
        (!known && !rare).then(|| match scope {
            Scope::Attributes => {
                format!("no event has the message attribute `{key}`; docs/envelope.md lists them")
            }
            Scope::Body => format!(
                "no event's example has `{key}` in its body; `user-events catalog show` lists the fields"
            ),
        })
    });
    unknown.collect()
}

#[cfg(test)]
mod tests;

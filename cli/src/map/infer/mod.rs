//! `user-events map infer`: proposes a mapping file for a table, from some of its items.

mod captures;
mod columns;
mod convert;
mod field;
mod group;
mod identify;
pub(super) mod keys;
mod kinds;
mod particular;
mod parts;
mod proposal;
mod propose;
mod refused;
mod rules;
pub(super) mod shape;
mod status;
mod unread;
mod user_id;
mod words;
mod yaml;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use user_events_local::console::Console;

use super::plural::counted;
use super::source::Source;

/// Propose a mapping file, from a table or some of its items
///
/// Looks at names, types and forms of the attributes, and writes what it could not find out as comments. The proposal holds
/// names of attributes, labels of keys and known words such as ACTIVE, but no other value of an item.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Infer {
    #[command(flatten)]
    source: Source,

    /// The partition key of items from a file, if it is not found
    #[arg(long, value_name = "ATTRIBUTE", requires = "items")]
    partition_key: Option<String>,

    /// The sort key of items from a file, if it is not found
    #[arg(long, value_name = "ATTRIBUTE", requires = "partition_key")]
    sort_key: Option<String>,

    /// Write the proposal into this file, which must not exist yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  user-events map infer --table my-app-users --out mapping.yaml
  user-events map infer items.json
  aws dynamodb scan --table-name my-app-users --max-items 200 \\
      | user-events map infer - --table my-app-users
  user-events map infer --table my-app --endpoint http://127.0.0.1:4566

With --table alone, the caller needs dynamodb:Scan, dynamodb:DescribeTable and dynamodb:DescribeTimeToLive on the table. Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION).

Exit status: 0 if a proposal with a rule was written, 1 if nothing was recognised or the items could not be read, 2 for an invalid command line, 130 if interrupted.";

/// Runs the command. Succeeds if the proposal has a rule.
///
/// Fails when the items cannot be read, when their keys are not found, and when the file cannot be written.
pub(super) async fn run(options: &Infer, out: &Console, progress: &Console) -> Result<ExitCode> {
    let sample = options.source.read(progress).await?;
    let keys = options.partition_key.as_ref().map(|partition| keys::KeyNames {
        partition: partition.clone(),
        sort: options.sort_key.clone(),
        guessed: false,
    });
    let mut proposal = propose::propose(&sample, options.source.table.as_deref(), keys)?;
    for problem in refused::withdraw_refused(&mut proposal) {
        progress.line(format_args!("the proposal has a problem: {problem}"));
    }
    let yaml = proposal.yaml();
    match &options.out {
        Some(path) => write_new(path, &yaml)?,
        None => out.line(yaml.trim_end()),
    }
    let rules = proposal
        .rules
        .iter()
        .filter(|rule| rule.unusable.is_none())
        .count();
    progress.line(format_args!(
        "{} of {}; read every comment, then run `user-events map check`",
        counted(rules, "rule"),
        counted(sample.items.len(), "item")
    ));
    Ok(if rules > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn write_new(path: &std::path::Path, text: &str) -> Result<()> {
    use std::io::Write;
    let name = path.display();
    let mut file = std::fs::File::create_new(path)
        .with_context(|| format!("{name} cannot be made; name a file that does not exist yet with --out"))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("{name} cannot be written"))
}

#[cfg(test)]
mod tests;

//! `user-events map doctor`: examines how a mapping fits the items of a table, without printing a value.

mod findings;
mod suspicion;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use user_events_local::clock;
use user_events_local::console::{Console, Style};

use super::mapping_file;
use super::plural::counted;
use super::source::Source;
use crate::printable::printable;
use crate::table;
use findings::Findings;

/// Examine how a mapping fits a table, or some of its items
///
/// Counts the items of each rule, and those that no rule matches by the shape of their keys. Reports what would be parked,
/// identifiers that look like secrets or addresses, digests that can be guessed, and rows that two items give. Never prints a
/// value.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Doctor {
    /// The mapping file
    #[arg(value_name = "FILE")]
    file: String,

    #[command(flatten)]
    source: Source,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  user-events map doctor mapping.yaml --table my-app-users
  user-events map doctor mapping.yaml --table my-app-users --samples 5000
  user-events map doctor mapping.yaml items.json --json
  aws dynamodb scan --table-name my-app-users --max-items 200 \\
      | user-events map doctor mapping.yaml - --table my-app-users

With --table alone, the caller needs dynamodb:Scan, dynamodb:DescribeTable and dynamodb:DescribeTimeToLive on the table. Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION).

Exit status: 0 if there is no problem, 1 if there is one or something cannot be read, 2 for an invalid command line, 130 if interrupted. Items that no rule matches are no problem.";

/// Runs the command. Succeeds if there is no problem.
///
/// Fails when the mapping or the items cannot be used.
pub(super) async fn run(options: &Doctor, out: &Console, progress: &Console) -> Result<ExitCode> {
    let mapping = mapping_file::usable(&options.file)?;
    let table = mapping_file::table(&mapping, options.source.table.as_deref())?;
    let sample = options.source.read(progress).await?;
    let name = options
        .source
        .table
        .clone()
        .unwrap_or_else(|| mapping_file::example_name(table));
    let findings = findings::examine(&mapping, table, &name, &sample, clock::now())?;
    if options.json {
        out.line(as_json(&findings));
    } else {
        readable(&findings, out);
    }
    Ok(if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn readable(findings: &Findings, out: &Console) {
    out.line(out.paint(Style::Strong, counted(findings.items, "item")));
    let rules = findings.rules.iter().map(|rule| {
        [
            format!("  rule `{}`", rule.rule),
            rule.kind.clone(),
            counted(rule.items, "item"),
            counted(rule.rows, "row"),
        ]
    });
    for line in table::lines(rules) {
        out.line(printable(&line));
    }
    for (shape, count) in &findings.unmatched {
        out.line(printable(&format!(
            "  no rule for {}: {shape}",
            counted(*count, "item")
        )));
    }
    for (what, count) in &findings.problems {
        let count = count.map_or_else(String::new, |count| format!(" ({})", counted(count, "item")));
        out.line(format_args!(
            "{} {}{count}",
            out.paint(Style::Bad, "problem:"),
            printable(what)
        ));
    }
    for note in &findings.notes {
        out.line(format_args!(
            "{} {}",
            out.paint(Style::Strong, "note:"),
            printable(note)
        ));
    }
}

fn as_json(findings: &Findings) -> String {
    let rules = findings
        .rules
        .iter()
        .map(|rule| json!({ "rule": rule.rule, "kind": rule.kind, "items": rule.items, "rows": rule.rows }));
    let unmatched = findings
        .unmatched
        .iter()
        .map(|(shape, count)| json!({ "shape": shape, "items": count }));
    let problem = |(what, count): &(String, Option<usize>)| {
        let mut problem = json!({ "problem": what });
        if let Some(count) = count {
            problem["items"] = Value::from(*count);
        }
        problem
    };
    let all = json!({
        "items": findings.items,
        "rules": rules.collect::<Vec<_>>(),
        "unmatched": unmatched.collect::<Vec<_>>(),
        "problems": findings.problems.iter().map(problem).collect::<Vec<_>>(),
        "notes": findings.notes,
    });
    printable(&all.to_string())
}

#[cfg(test)]
mod tests;

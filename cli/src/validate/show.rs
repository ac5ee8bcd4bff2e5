//! Prints findings, for people or as JSON.

use anyhow::Result;
use serde_json::{Value, json};

use super::finding::{Finding, Problem};
use crate::open::BY_EXAMPLE_KEY;
use crate::printable::printable;
use user_events_local::console::{Console, Style};

/// Prints a line for the message and one for each finding.
pub(super) fn readable(finding: &Finding, fits: bool, out: &Console) {
    let (word, style) = if fits {
        ("fits", Style::Good)
    } else {
        ("does not fit", Style::Bad)
    };
    let event_type = finding.event_type.as_deref().unwrap_or("no event type");
    out.line(format_args!(
        "{}: {} {}",
        printable(&finding.place),
        printable(event_type),
        out.paint(style, word)
    ));
    for problem in &finding.problems {
        out.line(format_args!("  {}", printable(&description(problem))));
    }
    for note in &finding.notes {
        out.line(out.paint(Style::Faint, format_args!("  {}", printable(note))));
    }
    if finding.by_example_key {
        out.line(out.paint(Style::Faint, format_args!("  {BY_EXAMPLE_KEY}")));
    }
}

fn description(problem: &Problem) -> String {
    let place = match (problem.pointer.as_str(), &problem.opened_pointer) {
        ("", None) => "the message".to_owned(),
        (pointer, None) => pointer.to_owned(),
        (pointer, Some(opened)) => format!(
            "{pointer}, decrypted, at {}",
            if opened.is_empty() { "the root" } else { opened }
        ),
    };
    match &problem.schema {
        Some(schema) => format!("{place}: expected {} ({schema})", problem.expected),
        None => format!("{place}: expected {}", problem.expected),
    }
}

/// One line of JSON: `message`, `type`, `id`, `fits`, `problems`, `notes`, and `exampleKey` if that key opened it.
pub(super) fn json(finding: &Finding, fits: bool) -> Result<String> {
    let problem = |problem: &Problem| {
        let mut line = json!({ "pointer": problem.pointer, "expected": problem.expected });
        if let Some(schema) = &problem.schema {
            line["schema"] = Value::from(schema.as_str());
        }
        if let Some(opened) = &problem.opened_pointer {
            line["openedPointer"] = Value::from(opened.as_str());
        }
        line
    };
    let mut line = json!({ "message": finding.place, "fits": fits });
    for (name, value) in [("type", &finding.event_type), ("id", &finding.id)] {
        if let Some(value) = value {
            line[name] = Value::from(value.as_str());
        }
    }
    if finding.by_example_key {
        line["exampleKey"] = Value::from(true);
    }
    line["problems"] = finding.problems.iter().map(problem).collect();
    if !finding.notes.is_empty() {
        line["notes"] = Value::from_iter(finding.notes.iter().map(String::as_str));
    }
    Ok(printable(&serde_json::to_string(&line)?))
}

//! Prints the verdicts as a table or as JSON lines.

use anyhow::Result;
use serde_json::{Value, json};

use super::judged::Judged;
use crate::table;
use user_events_local::console::{Console, Style};
use user_events_policy::Verdict;

/// Prints a line per event: yes or no, category, type and, if wanted, the keys that refuse it.
pub(super) fn readable(judged: &[Judged<'_>], why: bool, out: &Console) {
    let row = |one: &Judged<'_>| {
        let reason = match &one.verdict {
            Verdict::Refused(keys) if why => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                format!("refused by {}", keys.join(" and "))
            }
            _ => String::new(),
        };
        let word = if one.is_through() { "yes" } else { "no" };
        let event_type = one.candidate.registration.event_type().as_str();
        [word, one.candidate.category, event_type, &reason].map(str::to_owned)
    };
    let lines = table::lines(judged.iter().map(row));
    for (one, line) in judged.iter().zip(lines) {
        let style = if one.is_through() {
            Style::Good
        } else {
            Style::Faint
        };
        out.line(out.paint(style, line));
    }
}

/// Prints an object per event: `category`, `type`, `through`, and `refusedBy` for a refused one.
pub(super) fn json(judged: &[Judged<'_>], out: &Console) -> Result<()> {
    for one in judged {
        let event_type = one.candidate.registration.event_type().as_str();
        let mut line =
            json!({ "category": one.candidate.category, "type": event_type, "through": one.is_through() });
        if let Verdict::Refused(keys) = &one.verdict {
            line["refusedBy"] = Value::from_iter(keys.iter().map(String::as_str));
        }
        out.line(serde_json::to_string(&line)?);
    }
    Ok(())
}

//! The verdicts as a table or as JSON lines.

use anyhow::Result;
use serde_json::{Value, json};

use super::judged::{Candidate, Judged};
use crate::policy::Verdict;
use user_events_local::console::{Console, Style};

/// A line per event: yes or no, its category, its type, and the keys that refuse it where that is wanted.
pub(super) fn table(judged: &[Judged<'_>], why: bool, out: &Console) {
    let width = |text: fn(&Candidate) -> &'static str| {
        let lengths = judged.iter().map(|judged| text(judged.candidate).len());
        lengths.max().unwrap_or_default()
    };
    let categories = width(|candidate| candidate.category);
    let types = width(|candidate| candidate.registration.event_type().as_str());
    for one in judged {
        let (word, style) = match one.is_through() {
            true => ("yes", Style::Good),
            false => ("no ", Style::Faint),
        };
        let reason = match &one.verdict {
            Verdict::Refused(keys) if why => {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                format!("refused by {}", keys.join(" and "))
            }
            _ => String::new(),
        };
        let (category, event_type) = (
            one.candidate.category,
            one.candidate.registration.event_type().as_str(),
        );
        let line = format!("{word}  {category:<categories$}  {event_type:<types$}  {reason}");
        out.line(out.paint(style, line.trim_end()));
    }
}

/// An object per event: `category`, `type`, `through`, and `refusedBy` where it is refused.
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

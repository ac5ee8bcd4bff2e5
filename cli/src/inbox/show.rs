//! Prints the rows, for people or as JSON.

use serde_json::{Value, json};
use user_events_core::Time;
use user_events_local::console::{Console, Style};

use super::rows::{EventRow, LaneRow};
use crate::printable::printable;

const ABSENT: &str = "-";

/// Prints a row of a message group.
pub(super) fn lane(row: &LaneRow, out: &Console) {
    let category = match row.category.as_str() {
        "" => ABSENT,
        category => category,
    };
    out.line(format_args!(
        "{}  {}",
        out.paint(Style::Name, printable(category)),
        printable(&row.source)
    ));
    let sequence = printable(row.sequence.as_deref().unwrap_or(ABSENT));
    out.line(format_args!(
        "    sequence {sequence}  expires {}",
        when(row.expires)
    ));
}

/// Prints the row of an event.
pub(super) fn event(id: &str, row: &EventRow, out: &Console) {
    let state = printable(row.state.as_deref().unwrap_or(ABSENT));
    out.line(format_args!("{id}  {}", out.paint(Style::Name, state)));
    if let Some(completed) = row.completed_at {
        out.line(format_args!("    completed at {completed}"));
    }
    if row.owner.is_some() || row.lease_until.is_some() {
        let owner = printable(row.owner.as_deref().unwrap_or(ABSENT));
        out.line(format_args!(
            "    claimed until {} by {owner}",
            when(row.lease_until)
        ));
    }
    let content = printable(row.content.as_deref().unwrap_or(ABSENT));
    out.line(format_args!(
        "    content {content}  expires {}",
        when(row.expires)
    ));
}

/// A row of a message group as one line of JSON: `subject`, `category`, `source`, `sequence`, `expires`.
pub(super) fn lane_json(subject: &str, row: &LaneRow) -> String {
    let line = json!({
        "subject": subject,
        "category": row.category,
        "source": row.source,
        "sequence": row.sequence,
        "expires": time(row.expires),
    });
    printable(&line.to_string())
}

/// The row of an event as one line of JSON: `id`, `state`, `content`, `owner`, `leaseUntil`, `completedAt`, `expires`.
pub(super) fn event_json(id: &str, row: &EventRow) -> String {
    let line = json!({
        "id": id,
        "state": row.state,
        "content": row.content,
        "owner": row.owner,
        "leaseUntil": time(row.lease_until),
        "completedAt": time(row.completed_at),
        "expires": time(row.expires),
    });
    printable(&line.to_string())
}

fn when(time: Option<Time>) -> String {
    time.map_or_else(|| ABSENT.to_owned(), |time| time.to_string())
}

fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}

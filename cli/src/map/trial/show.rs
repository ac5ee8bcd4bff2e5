//! Prints what a change becomes, for people or as JSON.

use serde_json::{Value, json};
use user_events_core::Keys;
use user_events_local::console::{Console, Style};

use super::outcome::Outcome;
use super::rows::{Row, RowChange};
use crate::map::check::kind_name;
use crate::printable::printable;

/// Prints the rows of each side, the changes, and the events or why there are none.
pub(super) fn readable(outcome: &Outcome, out: &Console) {
    for (word, side) in &outcome.sides {
        out.line(out.paint(Style::Strong, format_args!("rows of the {word} item")));
        for row in &side.rows {
            out.line(format_args!(
                "  {} {}  {}",
                out.paint(Style::Name, kind_name(row.kind)),
                printable(&keys(&row.keys)),
                printable(&Value::Object(row.attributes.clone()).to_string())
            ));
            for (attribute, why) in &row.misfits {
                let line = format!("    `{attribute}` does not fit: {why}");
                out.line(out.paint(Style::Bad, printable(&line)));
            }
        }
        for (rule, why) in &side.refusals {
            out.line(out.paint(Style::Faint, printable(&format!("  rule `{rule}`: {why}"))));
        }
    }
    if !outcome.changes.is_empty() {
        out.line(out.paint(Style::Strong, "changes of rows"));
        for change in &outcome.changes {
            let attributes = match change.attributes.as_slice() {
                [] => String::new(),
                names => format!(": {}", names.join(", ")),
            };
            out.line(format_args!(
                "  {} {}{attributes}",
                printable(&keys(&change.keys)),
                change.what
            ));
        }
    }
    if let Some((code, reason)) = &outcome.parked {
        let line = format!(
            "{} {code}: {}",
            out.paint(Style::Bad, "parked:"),
            printable(reason)
        );
        return out.line(line);
    }
    if let Some(why) = &outcome.why_none {
        return out.line(format_args!(
            "{} {}",
            out.paint(Style::Strong, "no event:"),
            printable(why)
        ));
    }
    out.line(out.paint(Style::Strong, "events"));
    for event in &outcome.events {
        let text = |name: &str| printable(event[name].as_str().unwrap_or_default());
        out.line(format_args!(
            "  {} {}  {}",
            text("category"),
            out.paint(Style::Name, text("type")),
            text("subject")
        ));
        out.line(format_args!("    id {}", text("id")));
        out.line(format_args!("    {}", printable(&event["data"].to_string())));
    }
}

/// Everything as one JSON object.
pub(super) fn json(outcome: &Outcome) -> String {
    let row = |row: &Row| {
        json!({
            "rule": row.rule,
            "kind": kind_name(row.kind),
            "keys": { "pk": row.keys.pk, "sk": row.keys.sk },
            "attributes": row.attributes,
            "misfits": row.misfits.iter().map(|(attribute, why)| json!({ "attribute": attribute, "reason": why }))
                .collect::<Vec<_>>(),
        })
    };
    let change = |change: &RowChange| {
        json!({
            "keys": { "pk": change.keys.pk, "sk": change.keys.sk },
            "change": change.what,
            "attributes": change.attributes,
        })
    };
    let mut all = json!({});
    for (word, side) in &outcome.sides {
        let refusals = side
            .refusals
            .iter()
            .map(|(rule, why)| json!({ "rule": rule, "reason": why }));
        all[word] = json!({
            "rows": side.rows.iter().map(row).collect::<Vec<_>>(),
            "noRow": refusals.collect::<Vec<_>>(),
        });
    }
    all["changes"] = outcome.changes.iter().map(change).collect();
    all["events"] = Value::from(outcome.events.clone());
    if let Some(why) = &outcome.why_none {
        all["whyNone"] = Value::from(why.as_str());
    }
    if let Some((code, message)) = &outcome.parked {
        all["parked"] = json!({ "code": code, "message": message });
    }
    printable(&all.to_string())
}

fn keys(keys: &Keys) -> String {
    format!("{}, {}", keys.pk, keys.sk)
}

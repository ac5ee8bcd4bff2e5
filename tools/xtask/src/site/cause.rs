//! The row change that publishes an event.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::code::{Code, Content};
use super::content::Site;
use super::fields::bare;
use user_events::catalog::model::{Cause, ChangeKind, EventPage};

impl Site<'_> {
    /// The row's attributes before and after, the unchanged ones folded, and the stream record.
    pub(super) fn cause(&self, event: &EventPage) -> Markup {
        let cause = &event.cause;
        html! {
            section class="part" id="cause" aria-labelledby="cause-title" {
                h2 id="cause-title" { (if event.is_of_snapshot { "Example row" } else { "Example change" }) }
                p { "A row of the table " code { (cause.table) } " is " (cause.change.as_str()) "." }
                @let (changed, rest) = split(cause);
                (rows(cause, if rest.is_empty() { "The row's attributes" } else { "The attributes that changed" }, &changed))
                @if !rest.is_empty() {
                    details {
                        summary { "The row's other attributes (" (rest.len()) ")" }
                        (rows(cause, "They have the same values before and after", &rest))
                    }
                }
                @if !event.is_of_snapshot {
                details {
                    summary { "The stream record that Lambda delivers" }
                    (Code { id: "record-json", caption: "Stream record", file: None, content: Content::Json(&cause.record) }.render())
                }
                }
            }
        }
    }
}

/// A table of some attributes, before and after.
fn rows(cause: &Cause, caption: &str, names: &[&str]) -> Markup {
    html! {
        table role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { "Attribute" }
                    @for (_, heading) in sides(cause) { th scope="col" role="columnheader" { (heading) } }
                }
            }
            tbody role="rowgroup" {
                @for name in names {
                    @let differs = cause.differences.iter().any(|one| one.attribute == *name);
                    tr role="row" class=[differs.then_some("changed")] {
                        th scope="row" role="rowheader" { code { (name) } }
                        @for (row, heading) in sides(cause) {
                            td role="cell" data-label=(heading) {
                                @match row.get(*name) {
                                    Some(value) => code { (bare(value)) },
                                    None => "absent",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The attributes that changed, and the others. A row that was inserted, removed or read has only the first.
fn split(cause: &Cause) -> (Vec<&str>, Vec<&str>) {
    attributes(cause).into_iter().partition(|name| {
        cause.differences.is_empty() || cause.differences.iter().any(|one| one.attribute == *name)
    })
}

/// The existing rows, each with its column heading.
fn sides(cause: &Cause) -> Vec<(&Map<String, Value>, &'static str)> {
    let after = match cause.change {
        ChangeKind::Read => "Read",
        ChangeKind::Inserted => "Inserted",
        ChangeKind::WrittenOver | ChangeKind::Removed | ChangeKind::Expired => "After",
    };
    let before = match cause.change {
        ChangeKind::Removed | ChangeKind::Expired => "Removed",
        ChangeKind::Read | ChangeKind::Inserted | ChangeKind::WrittenOver => "Before",
    };
    [(&cause.before, before), (&cause.after, after)]
        .into_iter()
        .filter_map(|(row, heading)| Some((row.as_ref()?.as_object()?, heading)))
        .collect()
}

/// The attribute names of both rows, in order.
fn attributes(cause: &Cause) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (row, _) in sides(cause) {
        for name in row.keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names
}

//! Pieces of Markdown.

use serde_json::Value;
use user_events::catalog::model::{Catalog, EventPage, Field};

pub(super) fn example(field: &Field) -> String {
    field.example.as_ref().map(value).unwrap_or_default()
}

pub(super) fn value(json: &Value) -> String {
    cell(&format!("`{json}`"))
}

pub(super) fn link(event: &EventPage, from_index: bool) -> String {
    let page = if from_index {
        format!("{}.md", event.category)
    } else {
        String::new()
    };
    format!(
        "[`{0}`]({page}#{1})",
        event.event_type,
        event.event_type.to_lowercase()
    )
}

/// The text with links to the other events that it names.
pub(super) fn linked(text: &str, catalog: &Catalog, this: &str) -> String {
    let mut text = text.to_owned();
    for event in catalog.events().filter(|event| event.event_type != this) {
        text = text.replace(&format!("`{}`", event.event_type), &link(event, true));
    }
    text
}

/// The text, escaped for a table cell (GitHub Flavored Markdown Spec, section 4.10).
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The names as code, with commas.
pub(super) fn codes(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

pub(super) fn alternatives(forms: &[String]) -> String {
    codes(forms).replace(", ", " or ")
}

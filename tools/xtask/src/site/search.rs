//! The index of the search: a script file, because a page that is opened from disk can fetch nothing.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

use super::content::Site;
use super::envelope::SCHEMA_PATH;
use super::fields::bare;
use super::prose::first_sentence;
use user_events::catalog::model::{EventPage, Field};

/// The path of the index in the site.
pub(super) const PATH: &str = "assets/search-index.js";

impl Site<'_> {
    /// The index: one entry for each page and each attribute of the envelope, with the texts that are searched.
    ///
    /// Fails if the envelope's schema is missing.
    pub(super) fn search_index(&self) -> Result<String> {
        let mut entries: Vec<Value> = Vec::new();
        for event in self.catalog.events() {
            entries.push(of_event(event));
        }
        entries.extend(self.envelope_entries()?);
        for class in &self.catalog.classes {
            let mut texts = vec![
                json!(["class", class.name, ""]),
                json!(["description", "", plain(&class.description)]),
            ];
            texts.extend(of_fields(&class.members, ""));
            entries.push(json!({
                "path": format!("classes/{}.html", class.name), "title": class.name, "kind": "data class",
                "note": plain(first_sentence(&class.description)), "texts": texts,
            }));
        }
        for category in &self.catalog.categories {
            entries.push(json!({
                "path": format!("categories/{}.html", category.name), "title": category.name, "kind": "category",
                "note": plain(&category.description),
                "texts": [["name", category.name, ""], ["description", "", plain(&category.description)]],
            }));
        }
        for event in self.catalog.events() {
            entries.push(of_thin(event));
        }
        Ok(format!("window.userEventsSearch = {};\n", Value::from(entries)))
    }

    fn envelope_entries(&self) -> Result<Vec<Value>> {
        let schema = self.schemas.get(Path::new(SCHEMA_PATH));
        let schema: Value = serde_json::from_str(schema.context("the envelope has no schema")?)?;
        let attributes = schema["properties"].as_object().into_iter().flatten();
        let entry = |(name, property): (&String, &Value)| {
            let description = plain(&bare(&property["description"]));
            json!({
                "path": format!("envelope.html#attribute-{name}"), "title": name, "kind": "envelope",
                "note": first_sentence(&description),
                "texts": [["envelope attribute", name, ""], ["description", "", description]],
            })
        };
        Ok(attributes.map(entry).collect())
    }
}

fn of_event(event: &EventPage) -> Value {
    let mut texts = vec![
        json!(["name", event.event_type, ""]),
        json!(["category", event.category, ""]),
        json!(["description", "", plain(&event.meaning)]),
        json!(["description", "", plain(&event.published)]),
        json!(["description", "", plain(&event.not_published)]),
        json!(["what to do", "", plain(&event.consumers)]),
        json!([
            "cause",
            event.cause.table,
            format!("the row is {}", event.cause.change.as_str())
        ]),
    ];
    texts.extend(
        event
            .classes
            .iter()
            .map(|class| json!(["class", class, "sealed personal data"])),
    );
    texts.extend(
        event
            .cause
            .differences
            .iter()
            .map(|one| json!(["changed attribute", one.attribute, ""])),
    );
    texts.extend(of_fields(&event.fields, ""));
    json!({
        "path": format!("events/{}.html", event.event_type), "title": event.event_type,
        "kind": if event.is_of_snapshot { "snapshot event" } else { "event" },
        "note": plain(first_sentence(&event.meaning)), "texts": texts,
    })
}

fn of_thin(event: &EventPage) -> Value {
    let mut texts = vec![
        json!(["name", event.event_type, "thin"]),
        json!(["callback", event.thin.resources.join(" "), ""]),
    ];
    texts.extend(
        event
            .thin
            .fields
            .iter()
            .map(|field| json!(["field", field.name, ""])),
    );
    json!({
        "path": format!("thin/{}.html", event.event_type), "title": event.event_type, "kind": "thin event",
        "note": plain(first_sentence(&event.meaning)), "texts": texts,
    })
}

/// The fields: for each its name and meaning, its values, its members. The fourth item of a text is its weight, if it is
/// not that of its label.
fn of_fields(fields: &[Field], within: &str) -> Vec<Value> {
    let mut texts = Vec::new();
    for field in fields {
        let name = format!("{within}{}", field.name);
        texts.push(json!(["field", name, ""]));
        texts.push(json!(["description of the field", name, plain(&field.meaning)]));
        for choice in &field.values {
            texts.push(json!(["value of the field", name, choice.value]));
            texts.push(json!(["value of the field", name, plain(&choice.meaning), 2]));
        }
        texts.extend(of_fields(&field.members, &format!("{name}.")));
    }
    texts
}

fn plain(text: &str) -> String {
    text.replace(['`', '\n'], " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

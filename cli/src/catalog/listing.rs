//! Prints the catalog to a terminal.

use serde_json::{Value, json};

use super::model::{Catalog, Disclosure, EventPage, Field};
use user_events_local::console::{Console, Style};

/// Prints the events by category, one line each.
pub(super) fn print(catalog: &Catalog, console: &Console) {
    let width = catalog
        .events()
        .map(|event| event.event_type.len())
        .max()
        .unwrap_or(0);
    for category in catalog
        .categories
        .iter()
        .filter(|category| !category.events.is_empty())
    {
        let name = console.paint(Style::Strong, &category.name);
        console.line(format_args!("{name}: {}", category.description));
        for event in &category.events {
            let sealed = match event.classes.as_slice() {
                [] => String::new(),
                classes => console.paint(Style::Faint, format_args!(" [{}]", classes.join(", "))),
            };
            let event_type = format!("{:width$}", event.event_type);
            console.line(format_args!(
                "  {}  {}{sealed}",
                console.paint(Style::Name, event_type),
                first_sentence(&event.meaning)
            ));
        }
    }
}

/// The events as JSON, one object for each.
pub(super) fn json(catalog: &Catalog) -> impl Iterator<Item = Value> {
    catalog.events().map(|event| {
        json!({
            "eventType": event.event_type, "category": event.category, "version": event.version,
            "meaning": event.meaning, "classes": event.classes, "schema": event.schema_path,
        })
    })
}

/// Prints everything about one event.
pub(super) fn show(event: &EventPage, console: &Console) {
    let strong = |text: &str| console.paint(Style::Strong, text);
    console.line(format_args!(
        "{} in {}, on {}",
        console.paint(Style::Name, &event.event_type),
        event.category,
        event.subjects.join(" or ")
    ));
    console.line(&event.meaning);
    if let Some(notice) = event.sunset_notice() {
        console.line(console.paint(Style::Bad, &notice));
    }
    let (sent, not_sent) = if event.is_of_snapshot {
        ("Sent when", "Not sent when")
    } else {
        ("Published when", "Not published when")
    };
    for (title, text) in [
        (sent, &event.published),
        (not_sent, &event.not_published),
        ("What to do", &event.consumers),
    ] {
        console.line(format_args!("\n{}\n  {text}", strong(title)));
    }
    console.line(format_args!("\n{}", strong("Data")));
    let members = event.fields.iter().flat_map(|field| &field.members);
    let width = event
        .fields
        .iter()
        .chain(members)
        .map(|field| field.name.len())
        .max()
        .unwrap_or(0);
    for field in &event.fields {
        print_field(field, width, "  ", console);
        for member in &field.members {
            print_field(member, width, "    ", console);
        }
    }
    let (table, change) = (&event.cause.table, event.cause.change.as_str());
    console.line(format_args!(
        "\n{}\n  a row of {table} is {change}",
        strong("Example change")
    ));
    for difference in &event.cause.differences {
        let side = |value: &Option<Value>| value.as_ref().map_or("absent".to_owned(), Value::to_string);
        let (before, after) = (side(&difference.before), side(&difference.after));
        console.line(format_args!("  {}: {before} -> {after}", difference.attribute));
    }
    console.line(format_args!(
        "\n{}\n{:#}",
        strong("The event that it publishes"),
        event.example.envelope
    ));
    for (class, opened) in event.example.opened.as_object().into_iter().flatten() {
        console.line(format_args!(
            "\n{}\n{opened:#}",
            strong(&format!("Its {class}, decrypted"))
        ));
    }
    if !event.is_of_snapshot {
        console.line(format_args!(
            "\n{}\n{}",
            strong("Filter policy"),
            event.filter_policy
        ));
    }
}

fn print_field(field: &Field, width: usize, indent: &str, console: &Console) {
    let disclosure = match &field.disclosure {
        Disclosure::Public(_) => String::new(),
        Disclosure::Class(class) => console.paint(Style::Faint, format_args!(" [{class}]")),
    };
    console.line(format_args!(
        "{indent}{:width$}  {:22}  {}{disclosure}",
        field.name,
        field.kind_and_need(),
        field.meaning
    ));
    for value in &field.values {
        console.line(format_args!(
            "{indent}{:width$}  - {}: {}",
            "", value.value, value.meaning
        ));
    }
}

fn first_sentence(text: &str) -> &str {
    match text.find(". ") {
        Some(end) => text.get(..=end).unwrap_or(text),
        None => text,
    }
}

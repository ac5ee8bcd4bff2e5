//! What a handler in Rust imports.

use user_events::catalog::model::Kind;

use super::shape::{Row, Shape, capitalized};

/// The longest line of rustfmt.
const MAX_COLUMNS: usize = 100;
const INDENT: usize = 4;

/// The imports, in the order of rustfmt.
pub(super) fn imports(shape: &Shape<'_>) -> Vec<String> {
    let (event, is_thin) = (shape.event, matches!(shape.row, Row::Callback));
    let has = |kind: Kind| shape.fields.iter().any(|field| field.kind == kind);
    let mut consumer = vec![
        "Consumer",
        "DynamoStore",
        "Event",
        "Failure",
        "Inbox",
        "Incoming",
        "Opener",
        "UnwrapKey",
    ];
    if has(Kind::OneOf) {
        consumer.push("Choice");
    }
    if !shape.classes.is_empty() {
        consumer.extend(["Class", "Opened"]);
    }
    consumer.sort_unstable();
    let mut lines = vec![
        "use std::collections::HashMap;".to_owned(),
        String::new(),
        "use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};".to_owned(),
    ];
    if has(Kind::OneOf) {
        lines.push("use serde::Serialize;".to_owned());
    }
    let mut catalog = vec![format!(
        "use user_events_catalog::{}::{};",
        event.category, event.event_type
    )];
    let classes: Vec<_> = shape.class_names().map(capitalized).collect();
    match classes.as_slice() {
        [] => {}
        [class] => catalog.push(format!("use user_events_catalog::classes::{class};")),
        classes => catalog.push(format!(
            "use user_events_catalog::classes::{{{}}};",
            classes.join(", ")
        )),
    }
    catalog.sort();
    lines.extend(catalog);
    lines.push(import_list("user_events_consumer", &consumer));
    if is_thin {
        lines.push("use user_events_core::ThinEvent;".to_owned());
    }
    lines
}

/// An import of several names: on one line if it fits, else as many names on a line as fit.
fn import_list(krate: &str, names: &[&str]) -> String {
    let on_one_line = format!("use {krate}::{{{}}};", names.join(", "));
    if on_one_line.len() <= MAX_COLUMNS {
        return on_one_line;
    }
    let mut lines = vec![String::new()];
    for name in names {
        let fits = lines
            .last()
            .is_some_and(|line| line.len() + name.len() + " ,".len() <= MAX_COLUMNS - INDENT);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let blank = if line.is_empty() { "" } else { " " };
            line.push_str(&format!("{blank}{name},"));
        }
    }
    format!("use {krate}::{{\n    {}\n}};", lines.join("\n    "))
}

//! Handlers in Python, for `user-events-consumer`.

use user_events::catalog::model::{Field, Kind};

use super::shape::{Part, Row, Shape, capitalized};

/// The module.
pub(super) fn module(shape: &Shape<'_>) -> String {
    let event_type = shape.event.event_type.as_str();
    let mut lines: Vec<String> = ["import os", "from typing import Any", ""]
        .map(str::to_owned)
        .into();
    lines.push("from user_events_consumer import Consumer, Effects, OpenableEvent".to_owned());
    if !matches!(shape.row, Row::Callback) {
        let classes = shape.class_names().map(capitalized);
        let mut names: Vec<_> = classes.chain([event_type.to_owned()]).collect();
        names.sort();
        lines.push(format!(
            "from user_events_consumer.events import {}",
            names.join(", ")
        ));
    }
    lines.extend(["", "", "def effects(event: OpenableEvent) -> Effects:"].map(str::to_owned));
    match shape.purpose().as_slice() {
        [one] => lines.push(format!("    \"\"\"{one}\"\"\"")),
        several => {
            lines.push(format!("    \"\"\"{}", several.join("\n\n    ")));
            lines.push("    \"\"\"".to_owned());
        }
    }
    if let Row::Callback = shape.row {
        lines.push(format!(
            "    if event.type != \"{event_type}\" or \"callback\" not in event.data:"
        ));
    } else {
        lines.push(format!("    data = event.read({event_type})"));
        lines.push("    if data is None:".to_owned());
    }
    lines.push("        return []".to_owned());
    lines.push("    row: dict[str, Any] = {".to_owned());
    lines.extend(key(shape));
    let (required, optional): (Vec<&Field>, Vec<&Field>) =
        shape.fields.iter().copied().partition(|field| field.required);
    lines.extend(required.iter().map(|field| {
        let name = &field.name;
        format!(
            "        \"{name}\": {},",
            attribute(field, &format!("data[\"{name}\"]"))
        )
    }));
    if let Row::Callback = shape.row {
        lines.push("        \"callback\": {\"S\": event.data[\"callback\"]},".to_owned());
    }
    lines.push("    }".to_owned());
    if let Row::Callback = shape.row {
        lines.push("    if \"version\" in event.data:".to_owned());
        lines.push("        row[\"version\"] = {\"N\": str(event.data[\"version\"])}".to_owned());
    }
    for field in optional {
        lines.extend(optional_field(field, "data", "    "));
    }
    for class in &shape.classes {
        let name = &class.name;
        lines.push(format!("    {name} = event.open({})", capitalized(name)));
        lines.push(format!("    if {name}:  # granted, and the person is not erased"));
        for member in &class.members {
            lines.extend(optional_field(member, name, "        "));
        }
    }
    lines.push(
        "    return [{\"Put\": {\"TableName\": os.environ[\"INBOX_TABLE\"], \"Item\": row}}]".to_owned(),
    );
    lines.extend([String::new(), String::new()]);
    let requires: Vec<_> = shape.class_names().map(|name| format!("\"{name}\"")).collect();
    if requires.is_empty() {
        lines.push("consumer = Consumer.from_environment(effects)".to_owned());
    } else {
        lines.push(format!(
            "consumer = Consumer.from_environment(effects, requires=[{}])",
            requires.join(", ")
        ));
    }
    lines.push("handler = consumer.lambda_handler".to_owned());
    format!("{}\n", lines.join("\n"))
}

fn key(shape: &Shape<'_>) -> [String; 2] {
    let (partition, sort) = match &shape.row {
        Row::Outbox | Row::Callback => ("f\"OUTBOX#{event.subject}\"", "event.id".to_owned()),
        Row::State(parts) => ("event.subject", sort_key(parts)),
    };
    [("pk", partition), ("sk", sort.as_str())]
        .map(|(name, value)| format!("        \"{name}\": {{\"S\": {value}}},"))
}

fn sort_key(parts: &[Part]) -> String {
    let text = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Field(name) => format!("{{data['{name}']}}"),
    });
    let prefix = if parts.iter().any(|part| matches!(part, Part::Field(_))) {
        "f"
    } else {
        ""
    };
    format!("{prefix}\"{}\"", text.collect::<String>())
}

fn optional_field(field: &Field, of: &str, indent: &str) -> [String; 2] {
    let name = &field.name;
    let value = attribute(field, &format!("{of}[\"{name}\"]"));
    [
        format!("{indent}if \"{name}\" in {of}:"),
        format!("{indent}    row[\"{name}\"] = {value}"),
    ]
}

/// The value in DynamoDB's JSON.
fn attribute(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Flag => format!("{{\"BOOL\": {value}}}"),
        Kind::Count => format!("{{\"N\": str({value})}}"),
        Kind::Texts => format!("{{\"L\": [{{\"S\": text}} for text in {value}]}}"),
        Kind::Text | Kind::Time | Kind::OneOf | Kind::Sealed => format!("{{\"S\": {value}}}"),
    }
}

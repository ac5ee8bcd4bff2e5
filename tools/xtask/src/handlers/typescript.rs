//! Handlers in TypeScript, for `user-events-consumer`, in the layout of Prettier.

use user_events::catalog::model::{Field, Kind};

use super::shape::{Part, Row, Shape};

/// The module.
pub(super) fn module(shape: &Shape<'_>) -> String {
    let event_type = shape.event.event_type.as_str();
    let mut lines = vec![
        "import { Consumer, type Effects } from \"user-events-consumer\";".to_owned(),
        String::new(),
    ];
    match shape.purpose().as_slice() {
        [one] => lines.push(format!("/** {one} */")),
        several => {
            lines.push("/**".to_owned());
            lines.push(format!(" * {}", several.join("\n *\n * ")));
            lines.push(" */".to_owned());
        }
    }
    let asynchronous = if shape.classes.is_empty() { "" } else { "async " };
    lines.push(format!(
        "export const effects: Effects = {asynchronous}(event, table) => {{"
    ));
    if let Row::Callback = shape.row {
        lines.push(format!("  if (event.type !== \"{event_type}\") return [];"));
        lines.push("  const data: object = event.data;".to_owned());
        lines.push(
            "  if (!(\"callback\" in data) || typeof data.callback !== \"string\") return [];".to_owned(),
        );
    } else {
        lines.push(format!("  if (event.type !== \"{event_type}\") return [];"));
        lines.push("  const { data } = event;".to_owned());
    }
    for class in &shape.classes {
        let name = &class.name;
        lines.push(format!("  const {name} = await event.open(\"{name}\");"));
    }
    lines.push("  const row = {".to_owned());
    lines.extend(key(shape));
    let (required, optional): (Vec<&Field>, Vec<&Field>) =
        shape.fields.iter().copied().partition(|field| field.required);
    lines.extend(required.iter().map(|field| {
        let name = &field.name;
        format!("    {name}: {},", attribute(field, &format!("data.{name}")))
    }));
    if let Row::Callback = shape.row {
        lines.push("    callback: { S: data.callback },".to_owned());
        lines.push("    ...(\"version\" in data && { version: { N: String(data.version) } }),".to_owned());
    }
    lines.extend(optional.iter().map(|field| optional_field(field, "data", "    ")));
    for class in &shape.classes {
        let name = &class.name;
        lines.push("    // An object only if the class was granted and the person is not erased.".to_owned());
        lines.push(format!("    ...(typeof {name} === \"object\" && {{"));
        lines.extend(
            class
                .members
                .iter()
                .map(|member| optional_field(member, name, "      ")),
        );
        lines.push("    }),".to_owned());
    }
    lines.push("  };".to_owned());
    lines.push("  return [{ Put: { TableName: table, Item: row } }];".to_owned());
    lines.push("};".to_owned());
    lines.push(String::new());
    let requires: Vec<_> = shape.class_names().map(|name| format!("\"{name}\"")).collect();
    if requires.is_empty() {
        lines.push("const consumer = Consumer.fromEnvironment(effects);".to_owned());
    } else {
        lines.push(format!(
            "const consumer = Consumer.fromEnvironment(effects, {{ requires: [{}] }});",
            requires.join(", ")
        ));
    }
    lines.push("export const handler = consumer.lambdaHandler;".to_owned());
    format!("{}\n", lines.join("\n"))
}

fn key(shape: &Shape<'_>) -> [String; 2] {
    let (partition, sort) = match &shape.row {
        Row::Outbox | Row::Callback => ("`OUTBOX#${event.subject}`", "event.id".to_owned()),
        Row::State(parts) => ("event.subject", sort_key(parts)),
    };
    [("pk", partition), ("sk", sort.as_str())].map(|(name, value)| format!("    {name}: {{ S: {value} }},"))
}

fn sort_key(parts: &[Part]) -> String {
    let text = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Field(name) => format!("${{data.{name}}}"),
    });
    let quote = if parts.iter().any(|part| matches!(part, Part::Field(_))) {
        "`"
    } else {
        "\""
    };
    format!("{quote}{}{quote}", text.collect::<String>())
}

/// The member of an object literal that is absent if the value is.
fn optional_field(field: &Field, of: &str, indent: &str) -> String {
    let name = &field.name;
    let place = format!("{of}.{name}");
    let value = attribute(field, &place);
    format!("{indent}...({place} !== undefined && {{ {name}: {value} }}),")
}

/// The value in DynamoDB's JSON.
fn attribute(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Flag => format!("{{ BOOL: {value} }}"),
        Kind::Count => format!("{{ N: String({value}) }}"),
        Kind::Texts => format!("{{ L: {value}.map((text) => ({{ S: text }})) }}"),
        Kind::Text | Kind::Time | Kind::OneOf | Kind::Sealed => format!("{{ S: {value} }}"),
    }
}

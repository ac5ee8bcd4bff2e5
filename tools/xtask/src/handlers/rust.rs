//! Handlers in Rust, for `user-events-consumer` with the feature `inbox`, in the layout of rustfmt.

use user_events::catalog::model::{Field, Kind};

use super::rust_imports::imports;
use super::shape::{Part, Row, Shape, capitalized, snake};

/// The module.
pub(super) fn module(shape: &Shape<'_>) -> String {
    let mut lines = imports(shape);
    lines.push(String::new());
    lines.push(format!("/// {}", shape.purpose().join("\n///\n/// ")));
    lines.extend(
        [
            "pub async fn effects<K: UnwrapKey>(",
            "    incoming: &Incoming<'_, K>,",
            "    table: &str,",
            ") -> Result<Vec<TransactWriteItem>, Failure> {",
            "    let event = incoming.event();",
        ]
        .map(str::to_owned),
    );
    let event_type = &shape.event.event_type;
    lines.push(format!("    if event.event_type() != {event_type}::TYPE {{"));
    lines.push("        return Ok(Vec::new());\n    }".to_owned());
    if let Row::Callback = shape.row {
        lines.push("    let Some(thin) = ThinEvent::read(&event.envelope()[\"data\"]) else {".to_owned());
        lines.push("        return Ok(Vec::new());\n    };".to_owned());
    } else {
        lines.push(format!("    let data: {event_type} = event.read()?;"));
    }
    lines.push("    let mut row = HashMap::new();".to_owned());
    lines.push("    let mut set = |name: &str, value| row.insert(name.to_owned(), value);".to_owned());
    lines.extend(key(shape));
    if let Row::Callback = shape.row {
        lines.push("    set(\"callback\", text(thin.callback));".to_owned());
        lines.push("    if let Some(version) = thin.version {".to_owned());
        lines.push("        set(\"version\", AttributeValue::N(version.to_string()));\n    }".to_owned());
    }
    for field in &shape.fields {
        lines.push(stored(field, "data", "    "));
    }
    for class in &shape.classes {
        lines.extend(opened(class));
    }
    lines.extend(
        [
            "    let put = Put::builder().table_name(table).set_item(Some(row)).build();",
            "    let put = put.map_err(Failure::retry)?;",
            "    Ok(vec![TransactWriteItem::builder().put(put).build()])",
            "}",
            "",
            "pub fn consumer(opener: Opener, inbox: Inbox<DynamoStore>) -> Consumer<DynamoStore> {",
        ]
        .map(str::to_owned),
    );
    let requires: Vec<_> = shape
        .class_names()
        .map(|name| format!("{}::NAME", capitalized(name)))
        .collect();
    let required = if requires.is_empty() {
        String::new()
    } else {
        format!(".require([{}])", requires.join(", "))
    };
    lines.push(format!("    Consumer::new(opener, inbox){required}\n}}"));
    lines.extend(functions(shape));
    format!("{}\n", lines.join("\n"))
}

fn key(shape: &Shape<'_>) -> [String; 2] {
    let (partition, sort) = match &shape.row {
        Row::Outbox | Row::Callback => (
            "text(format!(\"OUTBOX#{}\", event.subject()))",
            "text(event.id())".to_owned(),
        ),
        Row::State(parts) => ("text(event.subject())", sort_key(shape, parts)),
    };
    [("pk", partition), ("sk", sort.as_str())].map(|(name, value)| format!("    set(\"{name}\", {value});"))
}

fn sort_key(shape: &Shape<'_>, parts: &[Part]) -> String {
    let is_code = |name: &str| {
        let mut fields = shape.fields.iter();
        fields.any(|field| field.name == name && field.kind == Kind::OneOf)
    };
    let (mut form, mut arguments) = (String::new(), String::new());
    for part in parts {
        match part {
            Part::Text(text) => form.push_str(text),
            Part::Field(name) => {
                form.push_str("{}");
                let member = snake(name);
                arguments.push_str(&match is_code(name) {
                    true => format!(", code(&data.{member})?"),
                    false => format!(", data.{member}"),
                });
            }
        }
    }
    match arguments.as_str() {
        "" => format!("text(\"{form}\")"),
        arguments => format!("text(format!(\"{form}\"{arguments}))"),
    }
}

/// Stores a field of the data or of a class.
fn stored(field: &Field, of: &str, indent: &str) -> String {
    let (name, member) = (&field.name, snake(&field.name));
    if field.kind == Kind::Texts && field.required {
        let texts = format!("{indent}let {member} = {of}.{member}.into_iter().map(text);");
        return format!("{texts}\n{indent}set(\"{name}\", AttributeValue::L({member}.collect()));");
    }
    if field.required {
        let value = attribute(field.kind, &format!("{of}.{member}"));
        return format!("{indent}set(\"{name}\", {value});");
    }
    let value = attribute(field.kind, &member);
    format!(
        "{indent}if let Some({member}) = {of}.{member} {{\n{indent}    set(\"{name}\", {value});\n{indent}}}"
    )
}

/// Opens a class and stores its members.
fn opened(class: &Field) -> Vec<String> {
    let (name, class_type) = (&class.name, capitalized(&class.name));
    let mut lines =
        vec!["    // In clear only if the class was granted and the person is not erased.".to_owned()];
    let opened = format!("incoming.open::<{class_type}>().await?.and_then(Opened::clear)");
    if let [member] = class.members.as_slice() {
        let (wire, field) = (&member.name, snake(&member.name));
        let value = attribute(member.kind, &field);
        lines.push(format!("    let {name} = {opened};"));
        lines.push(format!(
            "    if let Some({field}) = {name}.and_then(|{name}| {name}.{field}) {{"
        ));
        lines.push(format!("        set(\"{wire}\", {value});\n    }}"));
        return lines;
    }
    lines.push(format!("    if let Some({name}) = {opened} {{"));
    lines.extend(
        class
            .members
            .iter()
            .map(|member| stored(member, name, "        ")),
    );
    lines.push("    }".to_owned());
    lines
}

/// The value as an attribute.
fn attribute(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Text => format!("text({value})"),
        Kind::Time => format!("text({value}.to_string())"),
        Kind::Flag => format!("AttributeValue::Bool({value})"),
        Kind::Count => format!("number({value})"),
        Kind::Texts => format!("AttributeValue::L({value}.into_iter().map(text).collect())"),
        Kind::OneOf => format!("text(code(&{value})?)"),
        Kind::Sealed => value.to_owned(),
    }
}

/// The functions that the handler calls.
fn functions(shape: &Shape<'_>) -> Vec<String> {
    let mut lines = [
        "",
        "fn text(text: impl Into<String>) -> AttributeValue {",
        "    AttributeValue::S(text.into())",
        "}",
    ]
    .map(str::to_owned)
    .to_vec();
    if shape.fields.iter().any(|field| field.kind == Kind::Count) {
        lines.extend(
            [
                "",
                "fn number(number: u32) -> AttributeValue {",
                "    AttributeValue::N(number.to_string())",
                "}",
            ]
            .map(str::to_owned),
        );
    }
    if shape.fields.iter().any(|field| field.kind == Kind::OneOf) {
        lines.extend(
            [
                "",
                "/// The value as it is on the wire, also one that this version of the catalogue does not know.",
                "fn code<T: Serialize>(choice: &Choice<T>) -> Result<String, Failure> {",
                "    let code = serde_json::to_value(choice).map_err(Failure::retry)?;",
                "    Ok(code.as_str().unwrap_or_default().to_owned())",
                "}",
            ]
            .map(str::to_owned),
        );
    }
    lines
}

//! The JSON Schema of the file, so that editors complete and check it. It is made of the shapes of the rows.

use serde_json::{Map, Value, json};

use crate::mapping::file::rule::kind_name;
use crate::mapping::file::schema_values::common;
use crate::mapping::noted::Noted;
use crate::stream::shape::{Column, Content, RowShape};

/// The JSON Schema (2020-12) of a mapping with rows of these shapes.
pub fn mapping_schema(shapes: &[&'static RowShape]) -> Value {
    let kinds: Vec<_> = shapes.iter().map(|shape| kind_name(shape)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mapping",
        "description": "Which items of DynamoDB tables are which rows. See docs/mapping.md.",
        "type": "object",
        "required": ["version", "tables"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": 1, "description": "The version of the language." },
            "tables": {
                "description": "The tables. For a stream, the first entry with its table's name counts.",
                "type": "array", "minItems": 1, "maxItems": 64, "items": { "$ref": "#/$defs/table" },
            },
        },
        "$defs": definitions(shapes, &kinds),
    })
}

fn definitions(shapes: &[&'static RowShape], kinds: &[String]) -> Value {
    let mut definitions = common();
    definitions.insert("table".into(), json!({
        "type": "object",
        "required": ["table", "keys", "rows"],
        "additionalProperties": false,
        "properties": {
            "table": { "type": "string", "pattern": "^[A-Za-z0-9_.*-]+$",
                "description": "The table's name; `*` is any text." },
            "keys": {
                "description": "The names of the key attributes.",
                "type": "object", "required": ["partition"], "additionalProperties": false,
                "properties": { "partition": { "type": "string" }, "sort": { "type": "string" } },
            },
            "ttl": { "type": "string",
                "description": "The attribute with the time to live. It is needed to recognise expiries in the replicas of global tables." },
            "rows": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/rule" } },
        },
    }));
    definitions.insert("rule".into(), rule(shapes, kinds));
    Value::Object(definitions)
}

fn rule(shapes: &[&'static RowShape], kinds: &[String]) -> Value {
    let last_change: Map<_, _> = ["at"]
        .into_iter()
        .map(|name| (name.to_owned(), json!({ "$ref": "#/$defs/time" })))
        .chain(Noted::TEXTS.map(|name| (name.to_owned(), json!({ "$ref": "#/$defs/source" }))))
        .collect();
    let by_kind: Vec<_> = shapes.iter().map(|shape| of_kind(shape)).collect();
    json!({
        "type": "object",
        "required": ["kind", "ids"],
        "additionalProperties": false,
        "properties": {
            "kind": { "enum": kinds, "description": "What the item is a row of." },
            "name": { "type": "string", "description": "The rule's name in errors; otherwise the kind." },
            "when": {
                "description": "Which items the rule is for. All parts must hold.",
                "type": "object", "additionalProperties": false,
                "properties": {
                    "partition": { "$ref": "#/$defs/template" },
                    "sort": { "$ref": "#/$defs/template" },
                    "attributes": { "$ref": "#/$defs/conditions" },
                },
            },
            "secret": {
                "description": "Captures or paths that are secrets, so that identifiers must digest them; `true` is the item's own key.",
                "anyOf": [
                    { "type": "boolean" }, { "type": "string" }, { "type": "array", "items": { "type": "string" } },
                ],
            },
            "each": { "$ref": "#/$defs/each" },
            "removal": { "enum": ["published", "ignored"],
                "description": "Whether the disappearance of a row is an event." },
            "ids": { "type": "object" },
            "attributes": { "type": "object" },
            "lastChange": {
                "description": "What the item says about its last change.",
                "type": "object", "required": ["at"], "additionalProperties": false, "properties": last_change,
            },
            "version": { "$ref": "#/$defs/path" },
        },
        "allOf": by_kind,
    })
}

/// What a rule of one kind must have.
fn of_kind(shape: &RowShape) -> Value {
    let identifiers: Vec<_> = [shape.pk_id].into_iter().chain(shape.sk_id).collect();
    let ids: Map<_, _> = identifiers
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "$ref": "#/$defs/identifier" })))
        .collect();
    // The first identifier of an attempt is optional.
    let required: Vec<_> = if shape.pk.len() > 1 {
        shape.sk_id.into_iter().collect()
    } else {
        identifiers
    };
    let attributes: Map<_, _> = shape
        .columns
        .iter()
        .map(|column| (column.name.to_owned(), attribute(column)))
        .collect();
    let needed: Vec<_> = shape
        .columns
        .iter()
        .filter(|column| column.required)
        .map(|column| column.name)
        .collect();
    // A kind that needs an attribute needs the member with all of them.
    let members: Vec<_> = (!needed.is_empty()).then_some("attributes").into_iter().collect();
    let then = json!({
        "required": members,
        "properties": {
            "ids": { "required": required, "additionalProperties": false, "properties": ids },
            "attributes": { "required": needed, "additionalProperties": false, "properties": attributes },
        },
    });
    json!({ "if": { "properties": { "kind": { "const": kind_name(shape) } } }, "then": then })
}

fn attribute(column: &Column) -> Value {
    let (value, content) = match column.content {
        Content::Text => ("text", "A text".to_owned()),
        Content::Flag => ("flag", "A flag".to_owned()),
        Content::Count => ("count", "A whole number".to_owned()),
        Content::Time => ("time", "A time".to_owned()),
        Content::Choice(values) => ("text", format!("One of {}, or another text", values().join(", "))),
    };
    let class = match column.class {
        Some(class) => format!("; encrypted in the class `{class}`"),
        None => String::new(),
    };
    json!({ "$ref": format!("#/$defs/{value}"), "description": format!("{content}{class}.") })
}

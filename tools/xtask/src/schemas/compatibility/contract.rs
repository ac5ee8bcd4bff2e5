//! The promise of a schema: the schema in a normal form, without annotations.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::schemas::keywords::{LISTS, MAPS, ONE, bound_instead_of_format};

/// The annotations: keywords that do not decide what is valid. Keywords that begin with `x-` are annotations, too.
const ANNOTATIONS: [&str; 11] = [
    "$schema",
    "$id",
    "$defs",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "readOnly",
    "writeOnly",
    "deprecated",
];
/// The maximum depth. No event's schema is as deep, but a schema that refers to itself has no end.
const DEEPEST: usize = 64;

/// The schema in its normal form: every reference is resolved, an enumeration is one sorted `enum`, and an integer
/// format is a range. Two ways to write the same promise give the same result.
///
/// Fails when a reference has no target, or a schema refers to itself.
pub(super) fn promise(schema: &Value) -> Result<Value> {
    resolved(schema, schema, 0)
}

fn resolved(schema: &Value, root: &Value, depth: usize) -> Result<Value> {
    if depth > DEEPEST {
        bail!("the schema refers to itself; write the type without recursion");
    }
    let Value::Object(keywords) = schema else {
        return Ok(schema.clone());
    };
    let mut promise = Map::new();
    for (keyword, value) in keywords {
        let deeper = |schema: &Value| resolved(schema, root, depth + 1);
        let name = keyword.as_str();
        if name == "$ref" || ANNOTATIONS.contains(&name) || name.starts_with("x-") {
            continue;
        }
        let promised = if ONE.contains(&name) {
            deeper(value)?
        } else if LISTS.contains(&name) {
            let list = value.as_array().into_iter().flatten();
            Value::Array(list.map(deeper).collect::<Result<_>>()?)
        } else if MAPS.contains(&name) {
            let map = value.as_object().into_iter().flatten();
            let named = map.map(|(name, schema)| Ok((name.clone(), deeper(schema)?)));
            Value::Object(named.collect::<Result<_>>()?)
        } else {
            value.clone()
        };
        promise.insert(keyword.clone(), promised);
    }
    simplify(&mut promise);
    match keywords.get("$ref").map(|reference| target(reference, root)) {
        None => Ok(Value::Object(promise)),
        Some(target) => {
            let target = resolved(target?, root, depth + 1)?;
            Ok(match target {
                target if promise.is_empty() => target,
                target => json!({ "allOf": [target, promise] }),
            })
        }
    }
}

fn target<'a>(reference: &Value, root: &'a Value) -> Result<&'a Value> {
    let pointer = reference
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'));
    let pointer = pointer.context("a schema refers to another document; include the target in the schema")?;
    root.pointer(pointer)
        .with_context(|| format!("the schema refers to `#{pointer}`, which does not exist"))
}

fn simplify(promise: &mut Map<String, Value>) {
    one_enumeration(promise);
    for list in ["enum", "required", "type"] {
        if let Some(Value::Array(values)) = promise.get_mut(list) {
            values.sort_by_key(Value::to_string);
            values.dedup();
        }
    }
    if let Some(Value::Array(types)) = promise.get("type")
        && let [only] = types.as_slice()
    {
        let only = only.clone();
        promise.insert("type".to_owned(), only);
    }
    if promise.get("required") == Some(&json!([])) {
        promise.remove("required");
    }
    if matches!(promise.get("additionalProperties"), Some(any) if *any == json!(true) || *any == json!({})) {
        promise.remove("additionalProperties");
    }
    bound_instead_of_format(promise);
}

/// Writes a choice between constant strings as `enum`. The generator writes `anyOf`, with a description of each and a last
/// choice for any other string: readers of every release know that values are added.
fn one_enumeration(promise: &mut Map<String, Value>) {
    let mut texts = Vec::new();
    for keyword in ["oneOf", "anyOf"] {
        let Some(choices) = promise.get(keyword).and_then(Value::as_array) else {
            continue;
        };
        for choice in choices {
            let constant = choice.get("const").cloned().map(|constant| vec![constant]);
            let listed = choice.get("enum").and_then(Value::as_array).cloned();
            match constant.or(listed) {
                Some(values) if values.iter().all(Value::is_string) => texts.extend(values),
                None if choice["type"] == "string" => {}
                _ => return,
            }
        }
        if texts.is_empty() {
            return;
        }
        promise.remove(keyword);
        promise.insert("enum".to_owned(), Value::Array(texts));
        break;
    }
    let all_texts = |values: &Vec<Value>| values.iter().all(Value::is_string);
    if promise
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(all_texts)
    {
        promise.insert("type".to_owned(), json!("string"));
    }
}

/// The promise as a reader applies it. Readers ignore values that an enumeration does not list, so any value may come.
pub(super) fn as_read(promise: &Value) -> Value {
    match promise {
        Value::Object(keywords) => {
            let mut read: Map<_, _> = keywords
                .iter()
                .map(|(name, value)| (name.clone(), as_read(value)))
                .collect();
            let texts = |values: &Vec<Value>| values.iter().all(Value::is_string);
            if keywords.get("enum").and_then(Value::as_array).is_some_and(texts) {
                read.remove("enum");
            }
            Value::Object(read)
        }
        Value::Array(items) => Value::Array(items.iter().map(as_read).collect()),
        _ => promise.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_write_one_promise_give_the_same() {
        let printed = json!({
            "$id": "urn:x", "title": "X", "description": "a", "type": "object", "deprecated": true, "x-class": "c",
            "properties": {
                "reason": { "oneOf": [{ "const": "B", "type": "string", "description": "b" }, { "const": "A" }] },
                "count": { "type": "integer", "format": "uint8", "minimum": 0 },
                "other": { "$ref": "#/$defs/Other", "description": "o" },
            },
            "required": ["other", "count"],
            "$defs": { "Other": { "type": ["string"] } },
        });
        let written = json!({
            "type": "object",
            "properties": {
                "reason": { "type": "string", "enum": ["A", "B"] },
                "count": { "type": "integer", "minimum": 0, "maximum": 255 },
                "other": { "type": "string" },
            },
            "required": ["count", "other"],
            "additionalProperties": true,
        });
        assert_eq!(promise(&printed).unwrap(), promise(&written).unwrap());
    }

    #[test]
    fn a_schema_that_refers_to_itself_or_to_nothing_is_refused() {
        let itself = json!({ "properties": { "child": { "$ref": "#" } } });
        let nothing = json!({ "properties": { "child": { "$ref": "#/$defs/None" } } });
        assert!(promise(&itself).is_err() && promise(&nothing).is_err());
    }
}

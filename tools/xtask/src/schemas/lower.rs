//! Translates schemas into older drafts of JSON Schema, for registries that support no newer one.
//!
//! Keywords get their older names. What an older draft cannot check becomes an annotation with the prefix `x-`. A
//! schema that would then accept or refuse other documents is an error.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

pub use super::draft::Draft;
use super::draft::{NEW, NEWER_THAN_FOUR, UUID};
use super::keywords::{LISTS, MAPS, ONE, bound_instead_of_format};
use user_events::schemas::render;

/// Translates a schema of draft 2020-12 into an older draft. The same documents are valid, except for formats that the
/// older draft does not know.
///
/// Fails when the older draft cannot express the schema.
pub fn lowered(schema: &Value, draft: Draft) -> Result<Value> {
    let Value::Object(keywords) = schema else {
        return Ok(match (schema, draft) {
            (Value::Bool(true), Draft::Four) => json!({}),
            (Value::Bool(false), Draft::Four) => json!({ "not": {} }),
            _ => schema.clone(),
        });
    };
    let mut keywords = keywords.clone();
    bound_instead_of_format(&mut keywords);
    let mut lower = Lower {
        draft,
        tuple: keywords.contains_key("prefixItems"),
        done: Map::new(),
    };
    for (name, value) in &keywords {
        lower.keyword(name, value)?;
    }
    Ok(Value::Object(lower.finish()))
}

/// Writes a copy of every schema to a folder, with the same paths as under `schemas/`. Returns these paths.
///
/// Fails when the older draft cannot express a schema, and when a file cannot be written.
pub fn write_copies(draft: Draft, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (path, text) in render()? {
        let copy =
            lowered(&serde_json::from_str(&text)?, draft).with_context(|| path.display().to_string())?;
        let file = folder.join(&path);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(&file, format!("{}\n", serde_json::to_string_pretty(&copy)?))
            .with_context(|| format!("{} cannot be written", file.display()))?;
        written.push(path);
    }
    Ok(written)
}

struct Lower {
    draft: Draft,
    tuple: bool,
    done: Map<String, Value>,
}

impl Lower {
    fn keyword(&mut self, name: &str, value: &Value) -> Result<()> {
        let four = self.draft == Draft::Four;
        if NEW.contains(&name) || four && NEWER_THAN_FOUR.contains(&name) {
            bail!("an older draft has no equivalent of `{name}`; write the type without it");
        }
        let value = self.deeper(name, value)?;
        let name = match name {
            "$schema" => return self.put(name, json!(self.draft.meta_schema())),
            "$id" if four => "id",
            "$defs" => "definitions",
            "$ref" => {
                let reference = value.as_str().unwrap_or_default();
                return self.put(name, json!(reference.replacen("#/$defs/", "#/definitions/", 1)));
            }
            "items" if self.tuple => "additionalItems",
            "prefixItems" => "items",
            "dependentRequired" | "dependentSchemas" => return self.merge("dependencies", value),
            "const" if four => return self.put("enum", json!([value])),
            "required" if four && value == json!([]) => return Ok(()),
            "exclusiveMinimum" | "exclusiveMaximum" if four => return self.put(name, value),
            "format" => return self.format(&value),
            "contentSchema" => "x-contentSchema",
            "deprecated" => "x-deprecated",
            "examples" if four => "x-examples",
            "contentMediaType" if four => "x-contentMediaType",
            "contentEncoding" if four => "x-contentEncoding",
            "$comment" if four => "x-comment",
            "readOnly" if four => "x-readOnly",
            "writeOnly" if four => "x-writeOnly",
            name => name,
        };
        self.put(name, value)
    }

    fn deeper(&self, name: &str, value: &Value) -> Result<Value> {
        let lower = |schema: &Value| lowered(schema, self.draft);
        // Draft 4 allows a boolean here, but in no other place for a schema.
        if name == "additionalProperties" && value.is_boolean() {
            return Ok(value.clone());
        }
        Ok(match value {
            schema if ONE.contains(&name) => lower(schema)?,
            Value::Array(schemas) if LISTS.contains(&name) => {
                Value::Array(schemas.iter().map(lower).collect::<Result<_>>()?)
            }
            Value::Object(schemas) if MAPS.contains(&name) => {
                let named = schemas
                    .iter()
                    .map(|(name, schema)| Ok((name.clone(), lower(schema)?)));
                Value::Object(named.collect::<Result<_>>()?)
            }
            other => other.clone(),
        })
    }

    fn format(&mut self, format: &Value) -> Result<()> {
        let name = format.as_str().unwrap_or_default();
        if self.draft.formats().contains(&name) {
            return self.put("format", format.clone());
        }
        if name == "uuid" {
            self.put("allOf", json!([{ "pattern": UUID }]))?;
        }
        self.put("x-format", format.clone())
    }

    fn put(&mut self, name: &str, value: Value) -> Result<()> {
        match (self.done.get_mut(name), value) {
            (Some(Value::Array(before)), Value::Array(more)) if name == "allOf" => before.extend(more),
            (Some(_), _) => {
                bail!("two keywords become `{name}` in an older draft; write the type with one of them")
            }
            (None, value) => {
                self.done.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    fn merge(&mut self, name: &str, value: Value) -> Result<()> {
        match (self.done.get_mut(name), value) {
            (Some(Value::Object(before)), Value::Object(more)) => {
                if more.keys().any(|key| before.contains_key(key)) {
                    bail!(
                        "a field has two kinds of dependencies, which an older draft cannot express; choose one"
                    );
                }
                before.extend(more);
                Ok(())
            }
            (_, value) => self.put(name, value),
        }
    }

    fn finish(mut self) -> Map<String, Value> {
        if self.draft == Draft::Four {
            flag_exclusive(&mut self.done, "minimum", "exclusiveMinimum", |given, limit| {
                limit >= given
            });
            flag_exclusive(&mut self.done, "maximum", "exclusiveMaximum", |given, limit| {
                limit <= given
            });
        }
        // An older draft ignores keywords beside a `$ref`.
        if self.done.len() > 1
            && let Some(reference) = self.done.shift_remove("$ref")
        {
            let mut all = vec![json!({ "$ref": reference })];
            if let Some(Value::Array(more)) = self.done.shift_remove("allOf") {
                all.extend(more);
            }
            self.done.insert("allOf".to_owned(), Value::Array(all));
        }
        self.done
    }
}

/// Draft 4 has a flag beside the limit; later drafts have a separate exclusive limit.
fn flag_exclusive(
    keywords: &mut Map<String, Value>,
    limit: &str,
    exclusive: &str,
    narrower: fn(f64, f64) -> bool,
) {
    let Some(value) = keywords.shift_remove(exclusive) else {
        return;
    };
    let given = keywords.get(limit).and_then(Value::as_f64);
    let narrows = value
        .as_f64()
        .is_some_and(|value| given.is_none_or(|given| narrower(given, value)));
    if narrows {
        keywords.insert(limit.to_owned(), value);
        keywords.insert(exclusive.to_owned(), json!(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(schema: &Value) -> Value {
        lowered(schema, Draft::Four).unwrap()
    }

    fn seven(schema: &Value) -> Value {
        lowered(schema, Draft::Seven).unwrap()
    }

    #[test]
    fn every_keyword_gets_its_older_name() {
        let cases = [
            (
                json!({ "const": 1 }),
                json!({ "const": 1 }),
                json!({ "enum": [1] }),
            ),
            (
                json!({ "$id": "urn:x" }),
                json!({ "$id": "urn:x" }),
                json!({ "id": "urn:x" }),
            ),
            (
                json!({ "exclusiveMinimum": 0 }),
                json!({ "exclusiveMinimum": 0 }),
                json!({ "minimum": 0, "exclusiveMinimum": true }),
            ),
            (
                json!({ "exclusiveMaximum": 9, "maximum": 5 }),
                json!({ "exclusiveMaximum": 9, "maximum": 5 }),
                json!({ "maximum": 5 }),
            ),
            (
                json!({ "items": false, "prefixItems": [true] }),
                json!({ "additionalItems": false, "items": [true] }),
                json!({ "additionalItems": { "not": {} }, "items": [{}] }),
            ),
            (
                json!({ "examples": [1] }),
                json!({ "examples": [1] }),
                json!({ "x-examples": [1] }),
            ),
            (
                json!({ "format": "date" }),
                json!({ "format": "date" }),
                json!({ "x-format": "date" }),
            ),
            (
                json!({ "format": "uint8" }),
                json!({ "minimum": 0, "maximum": 255 }),
                json!({ "minimum": 0, "maximum": 255 }),
            ),
            (
                json!({ "dependentRequired": { "a": ["b"] } }),
                json!({ "dependencies": { "a": ["b"] } }),
                json!({ "dependencies": { "a": ["b"] } }),
            ),
            (
                json!({ "$ref": "#/$defs/A", "description": "b", "$defs": { "A": { "const": 1 } } }),
                json!({ "description": "b", "definitions": { "A": { "const": 1 } }, "allOf": [{ "$ref": "#/definitions/A" }] }),
                json!({ "description": "b", "definitions": { "A": { "enum": [1] } }, "allOf": [{ "$ref": "#/definitions/A" }] }),
            ),
        ];
        for (schema, in_seven, in_four) in cases {
            assert_eq!(seven(&schema), in_seven);
            assert_eq!(four(&schema), in_four);
        }
    }

    #[test]
    fn a_field_that_is_named_like_a_keyword_keeps_its_name() {
        let schema = json!({ "properties": { "const": { "const": 1 }, "$id": true, "contains": { "type": "string" } } });
        let lowered = four(&schema);
        assert_eq!(lowered["properties"]["const"], json!({ "enum": [1] }));
        assert_eq!(lowered["properties"]["$id"], json!({}));
        assert_eq!(lowered["properties"]["contains"]["type"], "string");
    }

    #[test]
    fn a_keyword_that_an_older_draft_cannot_express_is_refused() {
        for keyword in ["unevaluatedProperties", "minContains", "$dynamicRef"] {
            let refused = lowered(&json!({ "properties": { "a": { keyword: 1 } } }), Draft::Seven);
            assert!(refused.unwrap_err().to_string().contains(keyword));
        }
        assert!(lowered(&json!({ "if": {} }), Draft::Four).is_err());
        assert!(lowered(&json!({ "const": 1, "enum": [1] }), Draft::Four).is_err());
    }
}

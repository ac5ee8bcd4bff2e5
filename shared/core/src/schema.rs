//! JSON Schema 2020-12, generated from the types.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of a type, as it is published.
pub(crate) fn published<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(never_null))
        .with_transform(RecursiveTransform(on_one_line));
    settings.into_generator().into_root_schema_for::<T>()
}

/// Removes `null` from a schema: an optional member is absent, never `null`.
fn never_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice["type"] != "null");
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (name, value) in only {
            object.entry(name).or_insert(value);
        }
    }
}

/// Joins the lines of a description: a reader does not care where a comment's lines break.
fn on_one_line(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[schemars(inline)]
    #[allow(dead_code, reason = "the test only looks at its schema")]
    enum Choice {
        One,
        Two,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "the test only looks at its schema")]
    struct Fields {
        text: Option<String>,
        choice: Option<Choice>,
        class: Option<Vec<Option<u8>>>,
    }

    #[test]
    fn no_schema_allows_null_anywhere() {
        let schema = serde_json::to_value(published::<Fields>()).unwrap();
        assert!(!schema.to_string().contains("null"), "{schema}");
        assert_eq!(schema["properties"]["text"]["type"], "string");
        assert_eq!(
            schema["properties"]["choice"]["enum"],
            serde_json::json!(["One", "Two"])
        );
    }
}

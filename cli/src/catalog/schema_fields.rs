//! Reads the fields of an event from its schema.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::model::{Choice, Disclosure, Field, Kind};

/// The fields of an object schema. It may refer to definitions of the whole document.
pub(super) fn fields(schema: &Value, document: &Value) -> Result<Vec<Field>> {
    let required = schema["required"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let properties = schema["properties"]
        .as_object()
        .context("the schema does not describe an object")?;
    let field = |(name, property): (&String, &Value)| {
        let kind = kind(property)
            .with_context(|| format!("`{name}` has a type that the documents cannot describe"))?;
        let (disclosure, members) = match property["x-class"].as_str() {
            Some(class) => {
                let reference = property["properties"]["sealed"]["contentSchema"]["$ref"].as_str();
                let pointer = reference.unwrap_or_default().trim_start_matches('#');
                let content = document.pointer(pointer).context("a class has no schema")?;
                let mut members = fields(content, document)?;
                for member in &mut members {
                    member.disclosure = Disclosure::Class(class.to_owned());
                }
                (Disclosure::Class(class.to_owned()), members)
            }
            None => (Disclosure::Public(text(property, "x-public")), Vec::new()),
        };
        Ok(Field {
            name: name.clone(),
            meaning: text(property, "description"),
            kind,
            required: required.contains(&Value::from(name.as_str())),
            identifier: property["x-identifier"] == true,
            disclosure,
            example: property["examples"].get(0).cloned(),
            values: values(property),
            members,
        })
    };
    properties.iter().map(field).collect()
}

fn kind(property: &Value) -> Result<Kind> {
    if property["anyOf"].is_array() || property["enum"].is_array() {
        return Ok(Kind::OneOf);
    }
    Ok(match (property["type"].as_str(), property["format"].as_str()) {
        _ if property["x-class"].is_string() => Kind::Sealed,
        (Some("string"), Some("date-time")) => Kind::Time,
        (Some("string"), _) => Kind::Text,
        (Some("boolean"), _) => Kind::Flag,
        (Some("integer"), _) => Kind::Count,
        (Some("array"), _) if property["items"]["type"] == "string" => Kind::Texts,
        (other, _) => bail!("the schema's type is {}", other.unwrap_or("missing")),
    })
}

fn values(property: &Value) -> Vec<Choice> {
    let choices = property["anyOf"].as_array().into_iter().flatten();
    // The last choice of an open enumeration is any other text.
    let known = choices.filter(|choice| choice["const"].is_string());
    let described = known.map(|choice| Choice {
        value: text(choice, "const"),
        meaning: text(choice, "description"),
    });
    let bare = property["enum"].as_array().into_iter().flatten();
    let bare = bare.map(|value| Choice {
        value: value.as_str().unwrap_or_default().to_owned(),
        meaning: String::new(),
    });
    described.chain(bare).collect()
}

/// A string of the schema on one line. Schemas keep the line breaks of the doc comments.
pub(super) fn text(schema: &Value, name: &str) -> String {
    schema[name].as_str().unwrap_or_default().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_without_a_description_is_an_error() {
        let schema = json!({ "properties": { "odd": { "type": "object" } } });
        let error = format!("{:#}", fields(&schema, &schema).unwrap_err());
        assert!(error.contains("`odd`"), "{error}");
    }
}

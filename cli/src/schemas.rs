//! The JSON Schemas of the events, generated from their types.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use schemars::Schema;
use serde_json::Value;
use user_events_core::description;

/// The prefix of every `$id`.
pub const ID_BASE: &str = "urn:user-events:schemas";

/// Every schema by its path under `schemas/`: `envelope.json`; `<category>/<type>.json` for the data of an event; and
/// `thin/<category>/<type>.json` for its thin form (an event notification: a URL instead of data).
///
/// Fails only when a schema cannot be serialised.
pub fn render() -> Result<BTreeMap<PathBuf, String>> {
    let mut schemas = vec![("envelope.json".to_owned(), user_events_core::envelope_schema())];
    for (category, registration) in user_events_catalog::all_registrations() {
        let path = format!("{category}/{}.json", registration.event_type());
        schemas.push((format!("thin/{path}"), description::thin_schema(registration)));
        schemas.push((path, description::schema(registration)));
    }
    schemas
        .into_iter()
        .map(|(path, schema)| Ok((PathBuf::from(&path), document(&path, schema)?)))
        .collect()
}

/// The text of a schema's file.
fn document(path: &str, mut schema: Schema) -> Result<String> {
    let mut document = serde_json::Map::new();
    let generated = schema.ensure_object();
    // Readers find the document's identity at its top.
    let mut move_up = |name: &str| {
        generated
            .remove(name)
            .map(|value| document.insert(name.to_owned(), value))
    };
    move_up("$schema");
    move_up("title");
    move_up("description");
    document.shift_insert(1, "$id".to_owned(), Value::from(format!("{ID_BASE}/{path}")));
    document.append(generated);
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_schema_has_its_own_id_and_a_final_newline() {
        let schemas = render().unwrap();
        let text = &schemas[Path::new("account/UserRegisteredEventV1.json")];
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            schema["$id"],
            "urn:user-events:schemas/account/UserRegisteredEventV1.json"
        );
        assert!(text.ends_with("}\n"));
    }
}

//! The schemas of the events, printed from their types into `schemas/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use schemars::Schema;
use serde_json::Value;
use user_events_core::{Registration, description};

use crate::workspace::Workspace;

/// What every schema's `$id` begins with.
pub const ID_BASE: &str = "urn:user-events:schemas";

/// Every schema by its path under `schemas/`: `envelope.json`, and for the data of each event
/// `<category>/<type>.json` and, of its thin form, `thin/<category>/<type>.json`.
///
/// Fails only when a schema cannot be written as JSON.
pub fn render() -> Result<BTreeMap<PathBuf, String>> {
    let mut schemas = vec![("envelope.json".to_owned(), user_events_core::envelope_schema())];
    for category in user_events_catalog::CATEGORIES {
        let path =
            |registration: &Registration| format!("{}/{}.json", category.name, registration.event_type());
        for registration in category.events {
            schemas.push((path(registration), description::schema(registration)));
            schemas.push((
                format!("thin/{}", path(registration)),
                description::thin_schema(registration),
            ));
        }
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
    // What tells the document first, for the reader.
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

/// The paths under `schemas/` that are not what [`render`] gives: missing, different, or of no event.
///
/// Fails when the folder cannot be read.
pub fn stale(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = folder(workspace);
    let rendered = render()?;
    let differs =
        |path: &PathBuf, text: &String| fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text);
    let mut stale: Vec<_> = rendered
        .iter()
        .filter(|(path, text)| differs(path, text))
        .map(|(path, _)| path.clone())
        .collect();
    stale.extend(
        files(&folder)?
            .into_iter()
            .filter(|path| !rendered.contains_key(path)),
    );
    stale.sort();
    Ok(stale)
}

/// Makes `schemas/` what [`render`] gives: the paths that were written or removed.
///
/// Fails when a file cannot be written or removed.
pub fn write(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = folder(workspace);
    let rendered = render()?;
    let stale = stale(workspace)?;
    for path in &stale {
        let file = folder.join(path);
        match rendered.get(path) {
            Some(text) => {
                fs::create_dir_all(file.parent().unwrap_or(&folder))?;
                fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
            }
            None => {
                fs::remove_file(&file).with_context(|| format!("{} cannot be removed", file.display()))?
            }
        }
    }
    Ok(stale)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("schemas")
}

/// The JSON files in the folders of the categories, relative to the folder of all schemas.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for category in user_events_catalog::CATEGORIES {
        for below in [
            PathBuf::from(category.name),
            Path::new("thin").join(category.name),
        ] {
            let category_folder = folder.join(&below);
            if !category_folder.is_dir() {
                continue;
            }
            for entry in fs::read_dir(&category_folder)? {
                let name = entry?.file_name();
                if Path::new(&name)
                    .extension()
                    .is_some_and(|extension| extension == "json")
                {
                    files.push(below.join(name));
                }
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_names_itself_and_ends_its_last_line() {
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

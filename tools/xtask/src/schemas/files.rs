//! Writes the schemas to `schemas/` and compares them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use user_events::schemas::{ID_BASE, render};
use user_events_catalog::{CATEGORIES, snapshot};
use user_events_core::{mapping_schema, shapes};
use user_events_local::workspace::Workspace;

/// The paths under `schemas/` that differ from what the code gives, are missing, or are left over from a removed event.
///
/// Fails when the folder cannot be read.
pub fn stale(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = folder(workspace);
    let rendered = all()?;
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

/// Writes the schemas. Returns the paths that were written or removed.
///
/// Fails when a file cannot be written or removed.
pub fn write(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = folder(workspace);
    let rendered = all()?;
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

/// The schemas of the events, and those of the file of a mapping and of the certificate of an erasure.
fn all() -> Result<BTreeMap<PathBuf, String>> {
    let mut files = render()?;
    let mut mapping = mapping_schema(&shapes(CATEGORIES));
    if let Some(schema) = mapping.as_object_mut() {
        schema.shift_insert(1, "$id".to_owned(), format!("{ID_BASE}/mapping.json").into());
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&mapping)?);
    files.insert(PathBuf::from("mapping.json"), text);
    let mut certificate = user_events::erase::certificate_schema();
    if let Some(schema) = certificate.as_object_mut() {
        let id = format!("{ID_BASE}/erasure-certificate.json");
        schema.shift_insert(1, "$id".to_owned(), id.into());
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&certificate)?);
    files.insert(PathBuf::from("erasure-certificate.json"), text);
    Ok(files)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("schemas")
}

/// The JSON files in the folders of the categories, relative to the folder of all schemas.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for category in CATEGORIES.iter().chain([&&snapshot::CATEGORY]) {
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

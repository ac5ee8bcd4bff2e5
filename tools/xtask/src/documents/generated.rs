//! Writes and compares everything that is generated from the registry.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::retention::Retention;
use super::{asyncapi, markdown, protection, types};
use crate::handlers;
use crate::schemas::{self, registry};
use user_events::catalog::model::Catalog;
use user_events_local::workspace::Workspace;

/// The folder in which all Markdown files are generated.
const EVENTS: &str = "docs/events";

/// Every document by its path in the project: the pages of the events, the page on data protection, the AsyncAPI
/// document, the stack that registers the schemas, the types in Python and TypeScript, the handlers in Rust that the tests
/// compile. The schemas are not among them.
///
/// Fails when a schema or a template has a form that the documents cannot describe.
pub fn render() -> Result<BTreeMap<PathBuf, String>> {
    let catalog = Catalog::read()?;
    let mut documents = BTreeMap::from([
        (format!("{EVENTS}/README.md"), markdown::index(&catalog)?),
        (
            "docs/data-protection.md".to_owned(),
            protection::page(&catalog, &Retention::read()?)?,
        ),
        (
            "docs/asyncapi.json".to_owned(),
            format!("{:#}\n", asyncapi::document(&catalog)?),
        ),
        (registry::PATH.to_owned(), registry::template()?),
        (types::PYTHON.to_owned(), types::python(&catalog)?),
        (types::TYPESCRIPT.to_owned(), types::typescript(&catalog)?),
        (handlers::PATH.to_owned(), handlers::module(&catalog)?),
    ]);
    for category in &catalog.categories {
        documents.insert(
            format!("{EVENTS}/{}.md", category.name),
            markdown::category(category, &catalog)?,
        );
    }
    let paths = documents
        .into_iter()
        .map(|(path, text)| (PathBuf::from(path), text));
    Ok(paths.collect())
}

/// The paths of all generated files, schemas included, that are missing, different, or left over from a removed event.
///
/// Fails when a folder cannot be read.
pub fn stale(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let schemas = schemas::stale(workspace)?;
    let mut stale: Vec<_> = schemas
        .into_iter()
        .map(|path| Path::new("schemas").join(path))
        .collect();
    stale.extend(stale_documents(workspace, &render()?)?);
    Ok(stale)
}

/// Writes all generated files. Returns the paths that were written or removed.
///
/// Fails when a file cannot be written or removed.
pub fn write(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let schemas = schemas::write(workspace)?;
    let mut written: Vec<_> = schemas
        .into_iter()
        .map(|path| Path::new("schemas").join(path))
        .collect();
    let rendered = render()?;
    for path in stale_documents(workspace, &rendered)? {
        let file = workspace.root().join(&path);
        match rendered.get(&path) {
            Some(text) => {
                fs::create_dir_all(file.parent().unwrap_or(workspace.root()))?;
                fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
            }
            None => {
                fs::remove_file(&file).with_context(|| format!("{} cannot be removed", file.display()))?;
            }
        }
        written.push(path);
    }
    Ok(written)
}

fn stale_documents(workspace: &Workspace, rendered: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let differs = |path: &PathBuf, text: &String| {
        fs::read_to_string(workspace.root().join(path)).ok().as_ref() != Some(text)
    };
    let mut stale: Vec<_> = rendered
        .iter()
        .filter(|(path, text)| differs(path, text))
        .map(|(path, _)| path.clone())
        .collect();
    let folder = workspace.root().join(EVENTS);
    if folder.is_dir() {
        for entry in fs::read_dir(&folder)? {
            let path = Path::new(EVENTS).join(entry?.file_name());
            if path.extension().is_some_and(|extension| extension == "md") && !rendered.contains_key(&path) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

//! The folder of all releases.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use user_events_local::workspace::Workspace;

use super::digests::Digests;
use crate::schemas::version::Version;

/// Schemas by their paths under `schemas/`.
pub type Schemas = BTreeMap<PathBuf, String>;

/// The folder of all releases.
#[derive(Debug, Clone)]
pub struct Released {
    folder: PathBuf,
}

/// The releases of this project.
pub fn releases(workspace: &Workspace) -> Released {
    Released::in_folder(workspace.root().join("schemas/released"))
}

impl Released {
    /// The releases in a folder; empty if the folder does not exist.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The versions, oldest first.
    ///
    /// Fails when the folder cannot be read, or a folder in it is not named after a version.
    pub fn versions(&self) -> Result<Vec<Version>> {
        let mut versions = Vec::new();
        for entry in entries(&self.folder)? {
            if entry.is_dir() {
                let name = entry.file_name().unwrap_or_default().to_string_lossy();
                versions.push(name.parse()?);
            }
        }
        versions.sort();
        Ok(versions)
    }

    /// The schemas of a release.
    ///
    /// Fails when a file cannot be read.
    pub fn schemas(&self, version: Version) -> Result<Schemas> {
        let folder = self.folder.join(version.to_string());
        let mut schemas = Schemas::new();
        for file in files(&folder)? {
            let text =
                fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            schemas.insert(file.strip_prefix(&folder)?.to_owned(), text);
        }
        Ok(schemas)
    }

    /// The files that differ from what was frozen: changed, missing, or never frozen.
    ///
    /// Fails when the folder cannot be read.
    pub fn edited(&self) -> Result<Vec<String>> {
        Digests::read(&self.folder)?.differences(&self.folder, &files(&self.folder)?)
    }

    /// Writes a release. Returns its folder.
    pub(super) fn write(&self, version: Version, current: &Schemas) -> Result<PathBuf> {
        let folder = self.folder.join(version.to_string());
        // The folder has a hidden name until it is complete.
        let unfinished = self.folder.join(format!(".{version}"));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        for (path, text) in current {
            let file = unfinished.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&unfinished))?;
            fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        fs::rename(&unfinished, &folder)?;
        Digests::read(&self.folder)?.add(&self.folder, &files(&folder)?)?;
        Ok(folder)
    }
}

/// The entries of a folder, without hidden files; empty if the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// All files in subfolders, and the JSON files in the folder itself. The other files there are no schemas.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            files.extend(files_below(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "json") {
            files.push(entry);
        }
    }
    Ok(files)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            files.extend(files_below(&entry)?);
        } else {
            files.push(entry);
        }
    }
    Ok(files)
}

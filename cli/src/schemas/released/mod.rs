//! What was released: frozen copies of the schemas, one folder per release, and the digests that show that none was
//! changed. `schemas/README.md` describes the folder.

mod digests;
mod gate;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

pub use gate::{Finding, Wrong};

use super::version::Version;
use digests::Digests;

/// Schemas by their paths under `schemas/`.
pub type Schemas = BTreeMap<PathBuf, String>;

/// The folder of all releases.
#[derive(Debug, Clone)]
pub struct Released {
    folder: PathBuf,
}

impl Released {
    /// The releases in a folder; none where there is no such folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The versions, oldest first.
    ///
    /// Fails when the folder cannot be read, or holds one that is not named by a version.
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

    /// Every file that is not what it was when it was frozen: changed, missing, or never frozen.
    ///
    /// Fails when the folder cannot be read.
    pub fn edited(&self) -> Result<Vec<String>> {
        Digests::read(&self.folder)?.differences(&self.folder, &files(&self.folder)?)
    }

    /// What in the current schemas breaks readers of any release. `today` is an RFC 3339 full date, which tells whether
    /// a sunset is past.
    ///
    /// Fails when a file cannot be read or is no schema.
    pub fn findings(&self, current: &Schemas, today: &str) -> Result<Vec<Finding>> {
        gate::findings(self, current, today)
    }

    /// Freezes the current schemas under a version, and gives the folder.
    ///
    /// Fails, and writes nothing, when the version is not newer than every release, when a frozen file was edited, when
    /// readers of a release would break, and when nothing has changed since the last release.
    pub fn freeze(&self, version: Version, current: &Schemas, today: &str) -> Result<PathBuf> {
        let edited = self.edited()?;
        ensure!(
            edited.is_empty(),
            "a frozen schema was edited: {}; restore it from git",
            edited.join(", ")
        );
        if let Some(last) = self.versions()?.last() {
            ensure!(
                version > *last,
                "{last} is released, and what is released stays as it is; choose a version after it"
            );
            ensure!(
                self.schemas(*last)? != *current,
                "nothing has changed since {last}; there is nothing to release"
            );
        }
        let findings = self.findings(current, today)?;
        if !findings.is_empty() {
            let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
            bail!("readers of a release would break:\n{}", lines.join("\n"));
        }
        self.write(version, current)
    }

    fn write(&self, version: Version, current: &Schemas) -> Result<PathBuf> {
        let folder = self.folder.join(version.to_string());
        // Under another name until it is whole.
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

/// What is in a folder, hidden files aside; nothing where it is not there.
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

/// The files in the folders of a folder, and in theirs; those of the folder of all releases itself are no schemas.
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

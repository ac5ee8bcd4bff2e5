//! The digests of frozen files, in the format of `sha256sum`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use aws_lc_rs::digest::{SHA256, digest};

/// The file beside the folders of the releases. `sha256sum --check SHA256SUMS` checks the releases, too.
const FILE: &str = "SHA256SUMS";

/// Digests in hexadecimal by the paths under the folder of all releases.
#[derive(Debug, Default)]
pub(super) struct Digests(BTreeMap<String, String>);

impl Digests {
    /// Reads the digests of a folder; empty if nothing was released.
    ///
    /// Fails when a line is not a digest, two blanks and a path.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        if !file.is_file() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&file)?;
        let mut digests = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let (digest, path) = line.split_once("  ").with_context(|| {
                format!(
                    "{FILE}, line {}: no digest and path; restore it from git",
                    number + 1
                )
            })?;
            digests.insert(path.to_owned(), digest.to_owned());
        }
        Ok(Self(digests))
    }

    /// The files that differ from their digests, each with the difference.
    pub(super) fn differences(&self, folder: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
        let now = digests_of(folder, files)?;
        let mut differences = Vec::new();
        for (path, digest) in &self.0 {
            match now.get(path) {
                None => differences.push(format!("{path} is missing")),
                Some(now) if now != digest => differences.push(format!("{path} was changed")),
                Some(_) => {}
            }
        }
        let unlisted = now.keys().filter(|path| !self.0.contains_key(*path));
        differences.extend(unlisted.map(|path| format!("{path} was never released")));
        Ok(differences)
    }

    /// Adds the digests of new files.
    pub(super) fn add(mut self, folder: &Path, files: &[PathBuf]) -> Result<()> {
        self.0.extend(digests_of(folder, files)?);
        let mut text = String::new();
        for (path, digest) in &self.0 {
            writeln!(text, "{digest}  {path}")?;
        }
        fs::write(folder.join(FILE), text).with_context(|| format!("{FILE} cannot be written"))
    }
}

fn digests_of(folder: &Path, files: &[PathBuf]) -> Result<BTreeMap<String, String>> {
    let of_file = |file: &PathBuf| {
        let path = file.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        let digest = digest(&SHA256, &fs::read(file)?);
        let mut text = String::new();
        for byte in digest.as_ref() {
            write!(text, "{byte:02x}")?;
        }
        Ok((path, text))
    };
    files.iter().map(of_file).collect()
}

//! Freezing the schemas as a release.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use super::gate::Finding;
use super::store::{Released, Schemas};
use crate::schemas::version::Version;

impl Released {
    /// Freezes the current schemas under a version. Returns the folder.
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
                "{last} is already released, and a release never changes; choose a later version"
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
}

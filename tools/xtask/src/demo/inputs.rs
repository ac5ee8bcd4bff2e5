//! The files that a run reads.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, shapes};
use user_events_local::workspace::Workspace;

/// The files of a run.
pub(super) struct Files {
    pub(super) mapping: Option<PathBuf>,
    pub(super) writes: Option<PathBuf>,
}

impl Files {
    /// Fails when there is no preset of that name.
    pub(super) fn of_preset(name: &str, workspace: &Workspace) -> Result<Self> {
        let mapping = workspace.root().join("mappings").join(format!("{name}.yaml"));
        let cases = workspace
            .root()
            .join("tests/mappings")
            .join(format!("{name}.json"));
        if !mapping.is_file() || !cases.is_file() {
            bail!(
                "there is no preset {name}; ls {}",
                workspace.root().join("mappings").display()
            );
        }
        Ok(Self {
            mapping: Some(mapping),
            writes: Some(cases),
        })
    }
}

/// Reads a mapping.
///
/// Fails with all its problems.
pub(super) fn read_mapping(path: &Path) -> Result<Mapping> {
    let file = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("{file} cannot be read"))?;
    Mapping::read(&text, &shapes(CATEGORIES)).map_err(|problems| {
        let lines: Vec<_> = problems
            .0
            .iter()
            .map(|problem| format!("\n  {problem}"))
            .collect();
        anyhow!("{file} is not a mapping:{}", lines.concat())
    })
}

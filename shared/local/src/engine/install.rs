//! The engine's virtual environment, with every package pinned by its hash.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::console::Console;
use crate::toolchain::PythonEnvironment;
use crate::workspace::Workspace;

/// The Python of the engine's environment. Creates the environment if it is missing or if its pinned packages changed.
pub(super) fn python(workspace: &Workspace, console: &Console) -> Result<PathBuf> {
    let environment = PythonEnvironment {
        what: "the local engine",
        folder: &workspace.engine_folder().join("venv"),
        requirements: &workspace.root().join("tools/engine/requirements.txt"),
        python: None,
    };
    environment
        .install(console)
        .context("the local engine could not be installed; --endpoint uses an engine that already runs")
}

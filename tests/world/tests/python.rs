//! Python environments for the tests with other implementations.

use std::path::{Path, PathBuf};

use anyhow::Result;
use user_events_local::console::Console;
use user_events_local::toolchain::PythonEnvironment;

use crate::support::root;
use crate::tools::{Tool, require};

/// The Python of the virtual environment with this name under `.engine`. Installs the pinned packages if they are
/// missing or have changed. Skips the running test if Python is missing.
///
/// Fails if the packages cannot be installed.
pub(crate) fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    require(Tool::Python);
    let environment = PythonEnvironment {
        what: "a test in Python",
        folder: &root().join(".engine").join(name),
        requirements,
        python: None,
    };
    environment.install(&Console::stderr())
}

//! What the tests of other implementations need installed of Python.

use std::path::{Path, PathBuf};

use anyhow::Result;
use user_events_local::console::Console;
use user_events_local::toolchain::PythonEnvironment;

use crate::support::root;
use crate::tools::{Tool, require};

/// The Python of a virtual environment of that name under `.engine`, with the pinned packages, which are installed first
/// where they are not or have changed.
/// Skips the running test where Python is missing.
///
/// Fails when the packages cannot be installed.
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

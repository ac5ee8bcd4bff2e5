//! What the tests of other implementations need installed of Python.

use std::path::{Path, PathBuf};

use anyhow::Result;
use user_events::console::Console;
use user_events::toolchain::PythonEnvironment;

use crate::support::root;

/// The Python of a virtual environment of that name under `.engine`, with the pinned packages, which are installed first
/// where they are not or have changed.
///
/// Fails when Python is missing or the packages cannot be had.
pub(crate) fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let environment = PythonEnvironment {
        what: "a test in Python",
        folder: &root().join(".engine").join(name),
        requirements,
        python: None,
    };
    environment.install(&Console::stderr())
}

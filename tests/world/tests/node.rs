//! Scripts for Node.js, and the pinned packages that they use, installed in `.engine/`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Output;

use anyhow::{Result, ensure};
use user_events_local::console::Console;
use user_events_local::toolchain::NodePackages;

use crate::support::root;
use crate::tools::{Tool, require};

/// A folder with these scripts of `tests/<name>` and the packages of its `package-lock.json`. Installs the packages if
/// they are missing or have changed. Skips the running test if Node.js is missing.
///
/// Fails if the packages cannot be installed.
pub(crate) fn scripts(name: &str, scripts: &[&str]) -> Result<PathBuf> {
    require(Tool::Node);
    let sources = root().join("tests").join(name);
    let folder = root().join(".engine").join(format!("{name}-node"));
    fs::create_dir_all(&folder)?;
    let packages = NodePackages {
        what: "a test in JavaScript",
        sources: &sources,
        folder: &folder,
    };
    packages.install(&Console::stderr())?;
    for script in scripts {
        // Node.js looks for packages beside the file. The file is not rewritten while another test runs it.
        let text = fs::read(sources.join(script))?;
        let copy = folder.join(script);
        if fs::read(&copy).ok().as_ref() != Some(&text) {
            fs::write(&copy, text)?;
        }
    }
    Ok(folder)
}

/// Shows what a script in a browser printed.
///
/// Fails if the script did, or if it printed a line `ok …` for less than twenty checks.
pub(crate) fn browsed(output: &Output) -> Result<()> {
    let said = String::from_utf8_lossy(&output.stdout);
    writeln!(std::io::stdout(), "{said}")?;
    ensure!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let checks = said.lines().filter(|line| line.starts_with("ok ")).count();
    ensure!(checks >= 20, "only {checks} things were looked at:\n{said}");
    Ok(())
}

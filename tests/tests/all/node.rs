//! Scripts for Node.js, and the pinned packages that they use, installed in `.engine/`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::python::{clear, installations, is_installed, lock, note_installed, run};
use crate::support::root;

const OLDEST_NODE: &str = "20";

/// A folder with these scripts of `tests/<name>` beside the packages of its `package-lock.json`, which are installed
/// first where they are not or have changed. `None`, and a notice of what is skipped, where there is no Node.js.
///
/// Fails when the packages cannot be had.
pub(crate) fn scripts(name: &str, scripts: &[&str], skipped: &str) -> Result<Option<PathBuf>> {
    let new_enough = format!("process.exit(process.versions.node.split('.')[0] >= {OLDEST_NODE} ? 0 : 1)");
    let node = run(Command::new("node").args(["-e", &new_enough]));
    if let Err(missing) = node.and_then(|()| run(Command::new("npm").arg("--version"))) {
        writeln!(
            std::io::stderr(),
            "SKIPPED: {skipped}, for it needs Node.js {OLDEST_NODE} or newer and npm: {missing}"
        )?;
        return Ok(None);
    }
    let sources = root().join("tests").join(name);
    let pinned = sources.join("package-lock.json");
    let folder = installations().join(format!("{name}-node"));
    let _lock = lock()?;
    if !is_installed(&folder, &pinned) {
        clear(&folder)?;
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(sources.join(file), folder.join(file))?;
        }
        let install = [
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        run(Command::new("npm").args(install).current_dir(&folder)).with_context(|| {
            format!(
                "the packages of tests/{name} cannot be had; check the network and npm's registry settings"
            )
        })?;
        note_installed(&folder, &pinned)?;
    }
    for script in scripts {
        // Node looks for packages beside the file. It is not written anew while another test runs it.
        let text = fs::read(sources.join(script))?;
        let copy = folder.join(script);
        if fs::read(&copy).ok().as_ref() != Some(&text) {
            fs::write(&copy, text)?;
        }
    }
    Ok(Some(folder))
}

//! Scripts for Node.js, and the pinned packages that they use, installed in `.engine/`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use user_events::console::Console;
use user_events::toolchain::{NodePackages, is_node_there};

use crate::support::root;

/// A folder with these scripts of `tests/<name>` beside the packages of its `package-lock.json`, which are installed
/// first where they are not or have changed. `None`, and a notice of what is skipped, where there is no Node.js.
///
/// Fails when the packages cannot be had.
pub(crate) fn scripts(name: &str, scripts: &[&str], skipped: &str) -> Result<Option<PathBuf>> {
    if let Err(missing) = is_node_there() {
        writeln!(std::io::stderr(), "SKIPPED: {skipped}: {missing:#}")?;
        return Ok(None);
    }
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
        // Node looks for packages beside the file. It is not written anew while another test runs it.
        let text = fs::read(sources.join(script))?;
        let copy = folder.join(script);
        if fs::read(&copy).ok().as_ref() != Some(&text) {
            fs::write(&copy, text)?;
        }
    }
    Ok(Some(folder))
}

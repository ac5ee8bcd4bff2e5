//! The site in a real browser: `tests/site/browse.mjs` drives headless Chromium.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::node;

/// What Chromium is called; Debian's is the first.
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];
const SCRIPTS: [&str; 2] = ["browse.mjs", "contrast.mjs"];

#[test]
fn the_site_does_in_a_browser_what_it_promises() -> Result<()> {
    const SKIPPED: &str = "the site was not opened in a browser";
    let Some(chromium) = chromium() else {
        writeln!(
            std::io::stderr(),
            "SKIPPED: {SKIPPED}, for it needs Chromium; on Debian: apt install chromium"
        )?;
        return Ok(());
    };
    let Some(scripts) = node::scripts("site", &SCRIPTS, SKIPPED)? else {
        return Ok(());
    };
    let folder = super::written()?;
    let output = Command::new("node")
        .arg(scripts.join("browse.mjs"))
        .arg(folder.path())
        .arg(&chromium)
        .output()
        .context("node could not be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    writeln!(std::io::stdout(), "{said}")?;
    ensure!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let checks = said.lines().filter(|line| line.starts_with("ok ")).count();
    ensure!(checks >= 15, "only {checks} things were looked at:\n{said}");
    Ok(())
}

/// The first Chromium on the path.
fn chromium() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).flat_map(|folder| CHROMIUMS.map(|name| folder.join(name)));
    candidates.find(|candidate: &PathBuf| Path::is_file(candidate))
}

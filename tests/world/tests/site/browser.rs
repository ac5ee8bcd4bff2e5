//! The site in a real browser: `tests/site/browse.mjs` drives headless Chromium.

use std::process::Command;

use anyhow::{Context, Result};

use crate::node;
use crate::tools::{Tool, chromium, require};

const SCRIPTS: [&str; 2] = ["browse.mjs", "contrast.mjs"];

#[test]
fn the_site_does_in_a_browser_what_it_promises() -> Result<()> {
    require(Tool::Chromium);
    let chromium = chromium().context("Chromium is missing")?;
    let scripts = node::scripts("site", &SCRIPTS)?;
    let folder = super::written()?;
    let output = Command::new("node")
        .arg(scripts.join("browse.mjs"))
        .arg(folder.path())
        .arg(&chromium)
        .output()
        .context("node could not be started")?;
    node::browsed(&output)
}

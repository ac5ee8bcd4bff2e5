//! The functions, built for this machine as the local engine runs them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::console::Console;
use crate::workspace::Workspace;

/// The template deploys it only for a single table, which a local engine has no use for.
const NOT_BUILT: &str = "single-table";

/// A built function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The name of its package and of its binary, which the template's `BuildProperties` name too.
    pub name: String,
    /// The binary.
    pub binary: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// Builds the functions that the template deploys by default, in release mode, with cargo's own progress shown.
///
/// Fails when cargo does.
pub fn functions(workspace: &Workspace, console: &Console) -> Result<Vec<Function>> {
    let metadata = metadata(workspace)?;
    let folder = workspace.root().join("functions");
    let mut names: Vec<_> = metadata
        .packages
        .into_iter()
        .filter(|package| package.manifest_path.starts_with(&folder) && package.name != NOT_BUILT)
        .map(|package| package.name)
        .collect();
    names.sort_unstable();
    let release = metadata.target_directory.join("release");
    let functions: Vec<_> = names
        .into_iter()
        .map(|name| Function {
            binary: release.join(&name),
            name,
        })
        .collect();

    let first_time = functions.iter().any(|function| !function.binary.is_file());
    console.step(format_args!(
        "building the {} functions{}",
        functions.len(),
        if first_time {
            " (first time: several minutes)"
        } else {
            ""
        },
    ));
    let mut cargo = cargo(workspace);
    cargo.args(["build", "--release"]);
    for function in &functions {
        cargo.args(["--package", &function.name]);
    }
    let status = cargo.status().context("cargo could not be started")?;
    if !status.success() {
        bail!("the functions could not be built; cargo says why above");
    }
    if let Some(missing) = functions.iter().find(|function| !function.binary.is_file()) {
        bail!(
            "cargo built no {}; the binary of a function has its package's name",
            missing.binary.display()
        );
    }
    Ok(functions)
}

fn metadata(workspace: &Workspace) -> Result<Metadata> {
    let output = cargo(workspace)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started; it is needed to build the functions")?;
    if !output.status.success() {
        bail!("cargo cannot read this workspace; it says why above");
    }
    serde_json::from_slice(&output.stdout).context("cargo's metadata is not what it used to be")
}

fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace.root()).stdin(Stdio::null());
    cargo
}

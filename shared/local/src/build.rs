//! Builds the functions for this machine, for the local engine to run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::console::Console;
use crate::workspace::Workspace;

/// The function of all categories. The template deploys it for a table with the rows of all, and for mapped tables.
const ALL_CATEGORIES: &str = "single-table";
/// The functions that the template deploys with a mapping.
const WITH_MAPPING: [&str; 2] = ["redrive", ALL_CATEGORIES];

/// The package of the command that contributors run.
const COMMAND: &str = "xtask";

/// A built function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The name of its package, of its binary, and of the `Binary` in the template.
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

/// How a function is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Fast to build: the function shares every compiled dependency with `xtask`.
    Dev,
    /// As it ships: optimised as one program (fat LTO).
    Release,
}

impl Profile {
    /// The name of the folder under `target/`.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    /// How long the first build takes, for the progress message.
    fn first_time(self) -> &'static str {
        match self {
            Self::Dev => "first time: up to a minute",
            Self::Release => {
                "first time: 7 minutes or more on two cores, because each function is optimised as one program"
            }
        }
    }
}

/// Builds the functions that the template deploys by default, with cargo's own progress shown.
///
/// Fails when cargo does.
pub fn functions(workspace: &Workspace, profile: Profile, console: &Console) -> Result<Vec<Function>> {
    let metadata = metadata(workspace)?;
    let folder = workspace.root().join("functions");
    let mut names: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| package.manifest_path.starts_with(&folder) && package.name != ALL_CATEGORIES)
        .map(|package| package.name.as_str())
        .collect();
    names.sort_unstable();
    build(workspace, &metadata.target_directory, &names, profile, console)
}

/// Builds these functions, with cargo's own progress shown.
///
/// Fails when cargo does, for instance because there is no such function.
pub fn functions_named(
    workspace: &Workspace,
    names: &[&str],
    profile: Profile,
    console: &Console,
) -> Result<Vec<Function>> {
    let target = metadata(workspace)?.target_directory;
    build(workspace, &target, names, profile, console)
}

/// Builds the functions that the template deploys with a mapping, with cargo's own progress shown.
///
/// Fails when cargo does.
pub fn functions_with_mapping(
    workspace: &Workspace,
    profile: Profile,
    console: &Console,
) -> Result<Vec<Function>> {
    functions_named(workspace, &WITH_MAPPING, profile, console)
}

/// Builds one function.
///
/// Fails when cargo does, for instance because there is no such function.
pub fn function(workspace: &Workspace, name: &str, profile: Profile, console: &Console) -> Result<Function> {
    let target = metadata(workspace)?.target_directory;
    let built = build(workspace, &target, &[name], profile, console)?;
    built.into_iter().next().context("no function was built")
}

fn build(
    workspace: &Workspace,
    target: &Path,
    names: &[&str],
    profile: Profile,
    console: &Console,
) -> Result<Vec<Function>> {
    let folder = target.join(profile.folder());
    let function = |name: &&str| Function {
        binary: folder.join(name),
        name: (*name).to_owned(),
    };
    let functions: Vec<_> = names.iter().map(function).collect();
    let first_time = functions.iter().any(|function| !function.binary.is_file());
    let note = if first_time {
        format!(" ({})", profile.first_time())
    } else {
        String::new()
    };
    match functions.as_slice() {
        [one] => console.step(format_args!("building the function {}{note}", one.name)),
        all => console.step(format_args!("building the {} functions{note}", all.len())),
    }
    let mut cargo = cargo(workspace);
    cargo.arg("build");
    match profile {
        // Cargo unifies features over all packages of one call. Selected together with `xtask`, which enables every
        // feature that a function needs, the functions reuse the SDK that is already compiled.
        Profile::Dev => cargo.args(["--package", COMMAND]),
        Profile::Release => cargo.arg("--release"),
    };
    for name in names {
        cargo.args(["--package", name]);
    }
    let status = cargo.status().context("cargo could not be started")?;
    if !status.success() {
        bail!("the functions could not be built; see cargo's errors above");
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
        bail!("cargo cannot read this workspace; see its error above");
    }
    serde_json::from_slice(&output.stdout)
        .context("cargo's metadata has an unknown format; use the toolchain of rust-toolchain.toml")
}

fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace.root()).stdin(Stdio::null());
    cargo
}

//! Packages of Node.js.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::installation::{Installation, clear};
use super::program::run;
use crate::console::Console;

const OLDEST: &str = "20";

/// Packages that a `package-lock.json` pins.
#[derive(Debug, Clone, Copy)]
pub struct NodePackages<'a> {
    /// What they are for, in messages.
    pub what: &'a str,
    /// Where `package.json` and `package-lock.json` are.
    pub sources: &'a Path,
    /// Where `node_modules` is created; may be the same folder.
    pub folder: &'a Path,
}

/// Checks that Node.js is installed and new enough, and that npm is installed.
///
/// Fails if one of them is missing or too old.
pub fn is_node_there() -> Result<()> {
    let new_enough = format!("process.exit(process.versions.node.split('.')[0] >= {OLDEST} ? 0 : 1)");
    run(Command::new("node").args(["-e", &new_enough]))
        .and_then(|()| run(Command::new("npm").arg("--version")))
        .with_context(|| format!("it needs Node.js {OLDEST} or newer and npm"))
}

impl NodePackages<'_> {
    /// Installs the packages if they are missing or if the lock file changed. Runs no install scripts.
    ///
    /// Fails when npm is missing and when the packages cannot be downloaded.
    pub fn install(&self, console: &Console) -> Result<()> {
        let (modules, pinned) = (self.modules(), self.sources.join("package-lock.json"));
        self.installation(&modules, &pinned).ensure(console, || {
            clear(&modules)?;
            if self.folder != self.sources {
                for file in ["package.json", "package-lock.json"] {
                    fs::copy(self.sources.join(file), self.folder.join(file))
                        .with_context(|| format!("{file} cannot be copied"))?;
                }
            }
            run(Command::new("npm")
                .args([
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                ])
                .current_dir(self.folder))
            .with_context(|| {
                format!(
                    "the packages of {} could not be installed; check the network and npm's registry settings",
                    self.what
                )
            })
        })
    }

    /// Packs the package in this folder, as for a registry, into the folder `vendor` of a project. Installs what builds it
    /// first.
    ///
    /// Fails like [`install`](Self::install), and when the package cannot be built.
    pub fn pack(&self, project: &Path, console: &Console) -> Result<()> {
        self.install(console)?;
        let vendor = project.join("vendor");
        fs::create_dir_all(&vendor).with_context(|| format!("{} cannot be created", vendor.display()))?;
        let (modules, pinned) = (self.modules(), self.sources.join("package-lock.json"));
        // Two builds at once would remove each other's files.
        let _lock = self.installation(&modules, &pinned).lock(console)?;
        run(Command::new("npm")
            .args(["pack", "--silent", "--pack-destination"])
            .arg(&vendor)
            .current_dir(self.folder))
        .with_context(|| format!("{} could not be packed", self.what))
    }

    fn modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    fn installation<'a>(&'a self, modules: &'a Path, pinned: &'a Path) -> Installation<'a> {
        Installation {
            what: self.what,
            folder: modules,
            pinned,
            note: "installed-package-lock.json",
        }
    }
}

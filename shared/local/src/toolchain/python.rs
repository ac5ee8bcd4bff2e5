//! Python virtual environments.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::installation::{Installation, clear};
use super::program::run;
use crate::console::Console;

/// The oldest version that the pinned packages support.
const OLDEST: &str = "3.10";
/// The names of Python on the path, tried in this order.
pub const PYTHONS: [&str; 6] = [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
];

/// A virtual environment with pinned packages.
#[derive(Debug, Clone, Copy)]
pub struct PythonEnvironment<'a> {
    /// What it is for, in messages: `the local engine`.
    pub what: &'a str,
    /// Its folder.
    pub folder: &'a Path,
    /// The packages, every one pinned with its hashes.
    pub requirements: &'a Path,
    /// The Python to create it with; `None` for one on the path that is 3.10 or newer.
    pub python: Option<&'a Path>,
}

impl PythonEnvironment<'_> {
    /// The Python of the environment. Creates the environment if it is missing or if its requirements changed.
    ///
    /// Fails when Python or its `venv` module is missing and when the packages cannot be downloaded.
    pub fn install(&self, console: &Console) -> Result<PathBuf> {
        let python = self.folder.join("bin/python");
        let installation = Installation {
            what: self.what,
            folder: self.folder,
            pinned: self.requirements,
            note: "installed-requirements.txt",
        };
        installation.ensure(console, || self.make(&python))?;
        Ok(python)
    }

    fn make(&self, python: &Path) -> Result<()> {
        let system_python = match self.python {
            Some(python) => python.to_owned(),
            None => self.system_python()?,
        };
        clear(self.folder)?;
        run(Command::new(system_python).args(["-m", "venv"]).arg(self.folder)).with_context(|| {
            format!(
                "{} needs Python's venv module; on Debian and Ubuntu: apt install python3-venv",
                self.what
            )
        })?;
        run(Command::new(python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                // Python compiles a module when it is first imported, and most never are.
                "--no-compile",
            ])
            .args(["--no-deps", "--require-hashes", "--requirement"])
            .arg(self.requirements))
        .with_context(|| {
            format!(
                "the packages of {} could not be installed; check the network and pip's index settings",
                self.what
            )
        })
    }

    /// A Python on the path that is new enough.
    fn system_python(&self) -> Result<PathBuf> {
        let version = OLDEST.replace('.', ", ");
        let check = format!("import sys; sys.exit(sys.version_info < ({version}))");
        let new_enough = |python: &&str| run(Command::new(python).args(["-c", &check])).is_ok();
        match PYTHONS.into_iter().find(new_enough) {
            Some(python) => Ok(python.into()),
            None => bail!(
                "{} needs Python {OLDEST} or newer and none was found; install python3",
                self.what
            ),
        }
    }
}

/// Installs the folder that this requirements file names, without its dependencies, which the environment has already.
///
/// Fails when the folder is not a package, and when its build backend cannot be downloaded.
pub fn install_local(python: &Path, requirements: &Path) -> Result<()> {
    let options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
    ];
    run(Command::new(python)
        .args(["-m", "pip", "install"])
        .args(options)
        .arg("--requirement")
        .arg(requirements)
        // A relative path in the file starts at the current folder.
        .current_dir(requirements.parent().unwrap_or(Path::new("."))))
    .context("the consumer library could not be built and installed")
}

//! The engine's own virtual environment, with every package pinned by its hash.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::console::Console;
use crate::workspace::Workspace;

/// What the pinned packages run on.
const OLDEST_PYTHON: &str = "3.10";
/// Tried in this order.
const PYTHONS: [&str; 6] = [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
];

/// The Python of the engine's environment, which is made first where it is missing or where the pinned
/// packages have changed. Of several processes one makes it and the others wait.
pub(super) fn python(workspace: &Workspace, console: &Console) -> Result<PathBuf> {
    let folder = workspace.engine_folder();
    let requirements = workspace.root().join("tools/engine/requirements.txt");
    let wanted =
        fs::read(&requirements).with_context(|| format!("{} cannot be read", requirements.display()))?;
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;

    let lock = File::create(folder.join("install.lock")).context("the lock of .engine cannot be made")?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            console.step("waiting for another process that installs the local engine");
            lock.lock().context("the lock of .engine cannot be had")?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("the lock of .engine cannot be had"),
    }

    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    // Written last: an installation that was broken off is never taken for a whole one.
    let installed = environment.join("installed-requirements.txt");
    if fs::read(&installed).is_ok_and(|found| found == wanted) && python.is_file() {
        return Ok(python);
    }
    console.step("installing the local engine into .engine (the first time, and when its packages change)");
    match fs::remove_dir_all(&environment) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be replaced", environment.display()));
        }
        _ => {}
    }
    make_environment(&environment)?;
    install_packages(&python, &requirements)?;
    fs::write(&installed, wanted).context("the installation of the local engine cannot be noted")?;
    Ok(python)
}

fn make_environment(environment: &Path) -> Result<()> {
    let system_python = system_python()?;
    let status = command(&system_python)
        .args(["-m", "venv"])
        .arg(environment)
        .status();
    if !status.is_ok_and(|status| status.success()) {
        bail!(
            "`{system_python} -m venv` failed; the local engine needs Python's venv module, on Debian and Ubuntu: \
             apt install python3-venv"
        );
    }
    Ok(())
}

fn install_packages(python: &Path, requirements: &Path) -> Result<()> {
    let status = command(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ])
        .args(["--no-deps", "--require-hashes", "--requirement"])
        .arg(requirements)
        .status()
        .context("pip could not be started in .engine/venv")?;
    if !status.success() {
        bail!(
            "the packages of the local engine could not be installed (pip's own words are above); check the \
             network and pip's index settings, and run the command again"
        );
    }
    Ok(())
}

/// A Python on the path that is new enough.
fn system_python() -> Result<String> {
    let check = format!(
        "import sys; sys.exit(sys.version_info < ({}))",
        OLDEST_PYTHON.replace('.', ", ")
    );
    let new_enough = |python: &&&str| {
        let status = command(**python)
            .args(["-c", &check])
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    match PYTHONS.iter().find(new_enough) {
        Some(python) => Ok((*python).to_owned()),
        None => bail!(
            "the local engine needs Python {OLDEST_PYTHON} or newer and none was found; install python3, or use \
             an engine that already runs with --endpoint"
        ),
    }
}

/// A command whose standard input is empty and whose output does not mix into this command's own.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

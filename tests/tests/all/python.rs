//! A Python with the packages that a file pins, in a virtual environment of its own.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::support::root;

/// What the pinned packages run on, and where it is looked for, in this order.
const OLDEST_PYTHON: &str = "3.10";
const PYTHONS: [&str; 6] = [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
];

/// The Python of an environment under `.engine`, with these packages, which are installed first where they are not or
/// have changed.
///
/// Fails when Python is missing or the packages cannot be had.
pub(crate) fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let folder = installations().join(name);
    let program = folder.join("bin/python");
    let _lock = lock()?;
    if !(is_installed(&folder, requirements) && program.is_file()) {
        clear(&folder)?;
        let install = [
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
        ];
        run(Command::new(system_python()?).args(["-m", "venv"]).arg(&folder)).context(
            "these tests need Python's venv module; on Debian and Ubuntu: apt install python3-venv",
        )?;
        run(Command::new(&program)
            .args(["-m", "pip"])
            .args(install)
            .args(["--require-hashes", "--requirement"])
            .arg(requirements))
        .with_context(|| {
            format!(
                "the packages of {} cannot be had; check the network and pip's index settings",
                requirements.display()
            )
        })?;
        note_installed(&folder, requirements)?;
    }
    Ok(program)
}

/// Where the tests install what they need.
pub(crate) fn installations() -> PathBuf {
    root().join(".engine")
}

/// Held while something is installed, against the other tests of this process and of any other.
pub(crate) fn lock() -> Result<File> {
    fs::create_dir_all(installations())?;
    let lock = File::create(installations().join("interop.lock"))?;
    lock.lock().context("the lock of .engine cannot be had")?;
    Ok(lock)
}

/// Whether the folder holds what the file pins, in this very version of the file.
pub(crate) fn is_installed(folder: &Path, pinned: &Path) -> bool {
    match (fs::read(folder.join("installed")), fs::read(pinned)) {
        (Ok(installed), Ok(pinned)) => installed == pinned,
        _ => false,
    }
}

/// Noted last: an installation that was broken off is never taken for a whole one.
pub(crate) fn note_installed(folder: &Path, pinned: &Path) -> Result<()> {
    fs::copy(pinned, folder.join("installed"))?;
    Ok(())
}

/// Removes an installation.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be replaced", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A Python on the path that is new enough.
fn system_python() -> Result<&'static str> {
    let version = OLDEST_PYTHON.replace('.', ", ");
    let check = format!("import sys; sys.exit(sys.version_info < ({version}))");
    let new_enough = |python: &&str| run(Command::new(python).args(["-c", &check])).is_ok();
    PYTHONS.into_iter().find(new_enough).with_context(|| {
        format!("these tests need Python {OLDEST_PYTHON} or newer and none was found; install python3")
    })
}

/// Runs a command that says nothing when it succeeds.
///
/// Fails with the command's own words when it is missing or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{program}` is not there or could not be started"))?;
    if !output.status.success() {
        bail!(
            "`{program}` failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

//! The readers: what they need installed, and how they are run.

use std::fs::{self, File};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use user_events::clients::{ACCESS_KEY, REGION, SECRET_KEY};

use crate::engine;
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
const OLDEST_NODE: &str = "20";

/// A program that reads events on standard input and prints what was sealed in them.
pub(super) struct Reader {
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

impl Reader {
    /// `open.py` with one of its libraries, which are installed first where they are not or have changed.
    ///
    /// Fails when Python is missing or the packages cannot be had.
    pub(super) fn python(library: &str) -> Result<Self> {
        let requirements = sources().join("requirements.txt");
        let folder = installations().join("interop-venv");
        let program = folder.join("bin/python");
        let _lock = lock()?;
        if !(is_installed(&folder, &requirements) && program.is_file()) {
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
                .arg(&requirements))
            .context("the packages of open.py cannot be had; check the network and pip's index settings")?;
            note_installed(&folder, &requirements)?;
        }
        let arguments = vec![sources().join("open.py"), "--library".into(), library.into()];
        Ok(Self { program, arguments })
    }

    /// `open.mjs` beside its packages, which are installed first where they are not or have changed. `None`,
    /// and a notice that the test is skipped, where there is no Node.js.
    ///
    /// Fails when the packages cannot be had.
    pub(super) fn node() -> Result<Option<Self>> {
        let new_enough =
            format!("process.exit(process.versions.node.split('.')[0] >= {OLDEST_NODE} ? 0 : 1)");
        let node = run(Command::new("node").args(["-e", &new_enough]));
        if let Err(missing) = node.and_then(|()| run(Command::new("npm").arg("--version"))) {
            writeln!(
                std::io::stderr(),
                "SKIPPED: nothing was opened with jose, for it needs Node.js {OLDEST_NODE} or newer and npm: {missing}"
            )?;
            return Ok(None);
        }
        let pinned = sources().join("package-lock.json");
        let folder = installations().join("interop-node");
        let program = folder.join("open.mjs");
        let _lock = lock()?;
        if !is_installed(&folder, &pinned) {
            clear(&folder)?;
            fs::create_dir_all(&folder)?;
            for file in ["package.json", "package-lock.json"] {
                fs::copy(sources().join(file), folder.join(file))?;
            }
            let install = [
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ];
            run(Command::new("npm").args(install).current_dir(&folder)).context(
                "the packages of open.mjs cannot be had; check the network and npm's registry settings",
            )?;
            note_installed(&folder, &pinned)?;
        }
        // Node looks for packages beside the file. It is not written anew while another test runs it.
        let script = fs::read(sources().join("open.mjs"))?;
        if fs::read(&program).ok().as_ref() != Some(&script) {
            fs::write(&program, script)?;
        }
        Ok(Some(Self {
            program: "node".into(),
            arguments: vec![program],
        }))
    }

    /// Runs it over these events.
    pub(super) fn read<'a>(&self, envelopes: impl IntoIterator<Item = &'a Value>) -> Result<Output> {
        let mut lines = tempfile::tempfile()?;
        for envelope in envelopes {
            writeln!(lines, "{envelope}")?;
        }
        lines.rewind()?;
        let kept = ["PATH", "HOME", "LANG"];
        Command::new(&self.program)
            .args(&self.arguments)
            // Nothing of the user's own AWS settings, so nothing can reach a real account by mistake.
            .env_clear()
            .envs(
                kept.iter()
                    .filter_map(|name| Some((*name, std::env::var_os(name)?))),
            )
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_ENDPOINT_URL", &engine::shared().endpoint)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            // The one is read by Python's SDK, the other by JavaScript's.
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .stdin(Stdio::from(lines))
            .output()
            .with_context(|| format!("{} could not be started", self.program.display()))
    }
}

fn sources() -> PathBuf {
    root().join("tests/interop")
}

fn installations() -> PathBuf {
    root().join(".engine")
}

/// Held while something is installed, against the other tests of this process and of any other.
fn lock() -> Result<File> {
    fs::create_dir_all(installations())?;
    let lock = File::create(installations().join("interop.lock"))?;
    lock.lock().context("the lock of .engine cannot be had")?;
    Ok(lock)
}

/// Whether the folder holds what the file pins, in this very version of the file.
fn is_installed(folder: &Path, pinned: &Path) -> bool {
    match (fs::read(folder.join("installed")), fs::read(pinned)) {
        (Ok(installed), Ok(pinned)) => installed == pinned,
        _ => false,
    }
}

/// Noted last: an installation that was broken off is never taken for a whole one.
fn note_installed(folder: &Path, pinned: &Path) -> Result<()> {
    fs::copy(pinned, folder.join("installed"))?;
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
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
fn run(command: &mut Command) -> Result<()> {
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

//! The readers: what they need installed, and how they are run.

use std::fs;
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;
use user_events::clients::{ACCESS_KEY, REGION, SECRET_KEY};

use crate::engine;
use crate::python::{clear, environment, installations, is_installed, lock, note_installed, run};
use crate::support::root;

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
        let program = environment("interop-venv", &sources().join("requirements.txt"))?;
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

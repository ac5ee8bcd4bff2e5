//! The readers in other languages: installs their packages, and runs them.

use std::io::{Seek, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;
use user_events_local::clients::{ACCESS_KEY, REGION, SECRET_KEY};

use crate::engine;
use crate::node;
use crate::python::environment;
use crate::support::root;

/// A program that reads events on standard input and prints their opened classes.
pub(super) struct Reader {
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

impl Reader {
    /// `open.py` with one of its libraries. Installs the libraries if they are missing or have changed. Skips the
    /// running test if Python is missing.
    ///
    /// Fails if the packages cannot be installed.
    pub(super) fn python(library: &str) -> Result<Self> {
        let program = environment("interop-venv", &sources().join("requirements.txt"))?;
        let arguments = vec![sources().join("open.py"), "--library".into(), library.into()];
        Ok(Self { program, arguments })
    }

    /// The excerpt in `docs/sealing.md`, on the test vectors. Installs and skips like [`python`](Self::python).
    pub(super) fn excerpt() -> Result<Output> {
        let program = environment("interop-venv", &sources().join("requirements.txt"))?;
        Command::new(program)
            .arg(sources().join("snippet.py"))
            .arg(root().join("docs/sealing.md"))
            .arg(root().join("tests/vectors/opening.json"))
            .output()
            .context("Python could not be started")
    }

    /// `subject_keys.py`, which checks the known answers. Installs and skips like [`python`](Self::python).
    pub(super) fn known_answers_in_python() -> Result<Output> {
        let program = environment("interop-venv", &sources().join("requirements.txt"))?;
        Command::new(program)
            .arg(sources().join("subject_keys.py"))
            .arg("check")
            .arg(known_answers())
            .output()
            .context("Python could not be started")
    }

    /// `subject_keys.mjs`, which checks the known answers. Installs and skips like [`node`](Self::node).
    pub(super) fn known_answers_in_node() -> Result<Output> {
        const SCRIPT: &str = "subject_keys.mjs";
        let folder = node::scripts("interop", &[SCRIPT])?;
        Command::new("node")
            .arg(folder.join(SCRIPT))
            .arg("check")
            .arg(known_answers())
            .output()
            .context("Node.js could not be started")
    }

    /// `open.mjs` beside its packages. Installs the packages if they are missing or have changed. Skips the running
    /// test if Node.js is missing.
    ///
    /// Fails if the packages cannot be installed.
    pub(super) fn node() -> Result<Self> {
        const SCRIPT: &str = "open.mjs";
        let folder = node::scripts("interop", &[SCRIPT])?;
        Ok(Self {
            program: "node".into(),
            arguments: vec![folder.join(SCRIPT)],
        })
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
            // None of the user's own AWS settings, so no request can reach a real account by mistake.
            .env_clear()
            .envs(
                kept.iter()
                    .filter_map(|name| Some((*name, std::env::var_os(name)?))),
            )
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env(
                "SEAL_KEY_ARN",
                engine::shared()
                    .outputs
                    .get("SealKeyArn")
                    .context("no seal key")?,
            )
            .env("AWS_ENDPOINT_URL", &engine::shared().endpoint)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            // Python's SDK reads the first, JavaScript's the second.
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .stdin(Stdio::from(lines))
            .output()
            .with_context(|| format!("{} could not be started", self.program.display()))
    }
}

fn known_answers() -> PathBuf {
    root().join("tests/vectors/subject_keys.json")
}

fn sources() -> PathBuf {
    root().join("tests/interop")
}

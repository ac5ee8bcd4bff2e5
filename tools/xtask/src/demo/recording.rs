//! Writes the received events to a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

/// An open NDJSON file.
pub(super) struct Recording {
    file: File,
    path: PathBuf,
}

/// A line of the file.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// The category of the queue.
    pub(super) queue: &'a str,
    pub(super) attributes: &'a BTreeMap<String, String>,
    pub(super) envelope: &'a Value,
    pub(super) opened: &'a BTreeMap<String, Value>,
}

impl Recording {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    pub(super) fn write(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file
            .write_all(&text)
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

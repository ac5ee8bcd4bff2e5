//! The rows that did not fit, in a file.

use std::path::{Path, PathBuf};

use anyhow::Result;
use user_events_backfill::UnfitRow;

use super::folder::write_whole;

/// Writes the rows beside the folder of the run, one JSON object in a line. `None` if all fit. The file holds keys of rows, so
/// only its owner can read it.
///
/// Fails when it cannot be written.
pub(super) fn write(folder: &Path, rows: &[UnfitRow]) -> Result<Option<PathBuf>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let path = folder.with_file_name(format!("{name}-unfit.jsonl"));
    let mut lines = String::new();
    for row in rows {
        lines += &serde_json::to_string(row)?;
        lines.push('\n');
    }
    write_whole(&path, lines.as_bytes())?;
    Ok(Some(path))
}

//! The size of a function.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, write::DeflateEncoder};

/// The size of a function's binary in its zip, in bytes.
pub(super) fn zipped_size(binary: &Path) -> Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&std::fs::read(binary)?)?;
    Ok(encoder.finish()?.len())
}

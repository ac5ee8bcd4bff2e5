//! Deployment packages of functions and layers.

use std::fs;
use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::build::Function;

/// Zips a function: its binary, renamed to `bootstrap`, which is what a custom runtime starts. The same binary gives the
/// same bytes.
pub(crate) fn zip(function: &Function) -> Result<Vec<u8>> {
    let binary = fs::read(&function.binary)
        .with_context(|| format!("{} cannot be read", function.binary.display()))?;
    zip_as("bootstrap", &binary, 0o755)
}

/// Zips one file. The same content gives the same bytes.
pub(crate) fn zip_file(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    zip_as(name, content, 0o644)
}

fn zip_as(name: &str, content: &[u8], permissions: u32) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        // The zip never leaves this machine: compressing it would cost more time than it saves.
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(permissions);
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(content.len())));
    zip.start_file(name, options)?;
    zip.write_all(content)?;
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_of_a_binary_is_always_the_same_and_can_be_executed() {
        let binary = std::env::current_exe().unwrap();
        let function = Function {
            name: "any".to_owned(),
            binary,
        };
        let package = zip(&function).unwrap();
        assert!(package == zip(&function).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
        let bootstrap = archive.by_name("bootstrap").unwrap();
        assert_eq!(bootstrap.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    }
}

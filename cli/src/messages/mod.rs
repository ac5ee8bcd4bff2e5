//! Reads saved messages in every form that tools write: bodies, SQS responses, Lambda inputs, one or many.

mod split;

use std::io::Read;

use anyhow::{Context, Result};

pub(crate) use split::{Item, split};

/// The file name that means standard input.
const STANDARD_INPUT: &str = "-";

/// The text of a file, or of standard input if the name is `-` or missing.
///
/// Fails when it cannot be read as UTF-8.
pub(crate) fn read(file: Option<&str>) -> Result<String> {
    let file = file.unwrap_or(STANDARD_INPUT);
    if file == STANDARD_INPUT {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.context("standard input cannot be read as UTF-8 text")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read as UTF-8 text"))
}

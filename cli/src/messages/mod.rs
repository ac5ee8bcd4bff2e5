//! Reads saved messages in every form that tools write: bodies, SQS responses, Lambda inputs, one or many.

mod split;

use std::io::Read;

use anyhow::{Context, Result, bail};

pub(crate) use split::{Item, split};

/// The file name that means standard input.
const STANDARD_INPUT: &str = "-";

/// The messages in a file, or in standard input if the name is `-` or missing. At least one.
///
/// Fails when it cannot be read as UTF-8, and when it has no message.
pub(crate) fn some(file: Option<&str>) -> Result<Vec<Item>> {
    let text = read(file)?;
    let items = split(&text);
    if items.is_empty() {
        let place = match file {
            None | Some(STANDARD_INPUT) => "standard input",
            Some(file) => file,
        };
        let what = if text.trim().is_empty() {
            "is empty"
        } else {
            "has no message"
        };
        bail!(
            "{place} {what}; expected an event, an SNS notification, an SQS message, the response of `aws sqs receive-message` \
             or the input of a Lambda function, such as `user-events sample UserRegistered --as sqs` prints"
        );
    }
    Ok(items)
}

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

//! `user-events parked show`: prints one message as JSON.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::entry::Entry;
use super::held::Held;
use super::options::Show;
use super::queues::Queues;
use super::redaction::{redacted, revealed};
use super::selection::find;
use crate::printable::printable_lines;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

/// A message as it is printed: its description and its body.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// The body, redacted unless `--reveal` is given.
    message: Value,
}

/// Shows the message with the given ID.
///
/// Fails when the ID matches no message or several.
pub(super) async fn run<Q: Queues>(
    options: &Show,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<ExitCode> {
    held.take(std::slice::from_ref(&options.id), interrupt, progress)
        .await?;
    let entries = held.entries();
    let entry = find(&options.id, &entries)?;
    let body = &held
        .get(&entry.message_id)
        .context("the message is no longer hidden by this command; run it again")?
        .body;
    let message = if options.reveal {
        revealed(body)
    } else {
        redacted(body)
    };
    out.line(json(&Shown { entry, message })?);
    let note = if options.reveal {
        "this is personal data; leave no copy behind"
    } else {
        "values are redacted; --reveal shows them, which are unencrypted personal data"
    };
    progress.line(progress.paint(Style::Faint, note));
    Ok(ExitCode::SUCCESS)
}

/// Indented JSON that cannot control a terminal.
fn json(shown: &Shown<'_>) -> Result<String> {
    Ok(printable_lines(&serde_json::to_string_pretty(shown)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_still_the_same_text() {
        let entry = Entry::new("1", None, "hello");
        let message = revealed("\u{1b}\u{7f}\u{9b}\u{202e}\n");
        let text = json(&Shown {
            entry: &entry,
            message: message.clone(),
        })
        .unwrap();
        assert!(
            text.bytes()
                .all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)),
            "{text}"
        );
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["message"], message);
    }
}

//! One message, whole.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::entry::Entry;
use super::held::Held;
use super::options::Show;
use super::queues::Queues;
use super::redaction::{redacted, revealed};
use super::selection::find;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

/// What is shown of a message.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// The body.
    message: Value,
}

/// Shows the message that the options name.
pub(super) async fn run<Q: Queues>(
    options: &Show,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<()> {
    held.take_all(interrupt).await?;
    let entries = held.entries();
    let entry = find(&options.id, &entries)?;
    let body = &held
        .get(&entry.message_id)
        .context("the message is not held any more")?
        .body;
    let message = if options.reveal {
        revealed(body)
    } else {
        redacted(body)
    };
    out.line(json(&Shown { entry, message })?);
    let note = if options.reveal {
        "this holds personal data: leave no copy of it behind"
    } else {
        "values are redacted; --reveal shows them, and they are personal data"
    };
    progress.line(progress.paint(Style::Faint, note));
    Ok(())
}

/// JSON over several lines, with no character that a terminal would obey. Control characters stand in texts only, where
/// their escapes mean the same.
fn json(shown: &Shown<'_>) -> Result<String> {
    let mut text = String::new();
    for letter in serde_json::to_string_pretty(shown)?.chars() {
        match letter {
            letter if letter.is_control() && letter != '\n' => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => text.push(letter),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_stay_the_same_text() {
        let entry = Entry::new("1", None, "hello");
        let message = revealed("\u{1b}\u{7f}\u{9b}\n");
        let text = json(&Shown {
            entry: &entry,
            message: message.clone(),
        })
        .unwrap();
        assert!(
            text.chars().all(|letter| letter == '\n' || !letter.is_control()),
            "{text}"
        );
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["message"], message);
    }
}

//! Prints a write and its events.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use user_events_consumer::ReceivedEvent;

use super::differences::Verdict;
use user_events::printable::printable;
use user_events_local::console::{Console, Style};
use user_events_local::expectation::Expected;
use user_events_local::story::Step;

/// How many characters of a token are shown.
const TOKEN_CHARACTERS: usize = 40;
/// Where the later lines of a folded line begin: below the text of a write, of an event, and inside the braces of its data.
const BELOW_WRITE: usize = 5;
const BELOW_EVENT: usize = 7;
const BELOW_DATA: usize = 10;

/// Prints a write that is about to be made.
pub(crate) fn write(console: &Console, number: usize, step: &Step) {
    let write = &step.write;
    let place = format!(
        "{} {} {}",
        write.table,
        write.action.name(),
        printable(&write.key.to_string())
    );
    let title = match step.title.as_str() {
        "" => String::new(),
        title => console.paint(Style::Strong, title) + "  ",
    };
    // Blanks outside of the colour are the indentation.
    let indentation = " ".repeat(4_usize.saturating_sub(number.to_string().len()));
    let number = console.paint(Style::Strong, number);
    let place = console.paint(Style::Faint, place);
    console.folded(BELOW_WRITE, format_args!("{indentation}{number} {title}{place}"));
    match &step.expected {
        Expected::Events(events) if events.is_empty() => {
            let why = match &step.silence {
                Some(why) => format!("no event: {why}"),
                None => "no event".to_owned(),
            };
            let why = console.paint(Style::Faint, why);
            console.folded(BELOW_EVENT, format_args!("     {why}"));
        }
        Expected::Events(_) => {}
        Expected::Parked(_) => console.folded(BELOW_EVENT, format_args!("     {}", step.expected)),
    }
    if let Some(derived) = &step.derived {
        let other = format_args!("the rules give something else: {derived}");
        let other = console.paint(Style::Bad, other);
        console.folded(BELOW_EVENT, format_args!("     {other}"));
    }
}

/// Prints a received event.
pub(super) fn event(
    console: &Console,
    category: &str,
    event: &ReceivedEvent,
    opened: &BTreeMap<String, Value>,
    verdict: Verdict,
    latency: Option<Duration>,
) {
    let told = match verdict {
        Verdict::Of(number) => {
            let latency = latency.unwrap_or_default().as_millis();
            console.paint(Style::Faint, format_args!("of write {number}, {latency} ms"))
        }
        Verdict::Double => console.paint(Style::Bad, "duplicate: this id arrived before"),
        Verdict::Unexpected => console.paint(Style::Bad, "no write explains it"),
    };
    let head = format!(
        "     {} {category} {}  {}  {told}",
        console.paint(Style::Good, "→"),
        console.paint(Style::Name, printable(event.event_type())),
        console.paint(Style::Strong, printable(event.subject())),
    );
    console.folded(BELOW_EVENT, head);
    let sealed: BTreeMap<&str, String> = event
        .sealed()
        .map(|(class, member)| (class, member.sealed))
        .collect();
    let plain: Map<_, _> = event
        .data()
        .iter()
        .filter(|(name, _)| !sealed.contains_key(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let data = |text: String| console.folded(BELOW_DATA, format_args!("         {text}"));
    data(printable(&Value::from(plain).to_string()));
    for (class, token) in sealed {
        let shortened: String = token.chars().take(TOKEN_CHARACTERS).collect();
        let shortened = format!("{shortened}… ({} characters)", token.len());
        data(format!("{class} {}", console.paint(Style::Faint, shortened)));
        // As `user-events tail --open` shows it.
        data(match opened.get(class) {
            Some(content) => {
                let content = console.paint(Style::Good, printable(&content.to_string()));
                format!("{class} opened: {content}")
            }
            None => format!("{class} {}", console.paint(Style::Bad, "could not be opened")),
        });
    }
}

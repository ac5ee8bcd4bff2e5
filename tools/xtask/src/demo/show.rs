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

/// Prints a write that is about to be made.
pub(super) fn write(console: &Console, number: usize, step: &Step) {
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
    let number = console.paint(Style::Strong, format_args!("{number:>4}"));
    console.line(format_args!(
        "{number} {title}{}",
        console.paint(Style::Faint, place)
    ));
    match &step.expected {
        Expected::Events(events) if events.is_empty() => {
            console.line(format_args!("     {}", console.paint(Style::Faint, "no event")));
        }
        Expected::Events(_) => {}
        Expected::Parked(_) => console.line(format_args!("     {}", step.expected)),
    }
    if let Some(derived) = &step.derived {
        let other = format_args!("the rules give something else: {derived}");
        console.line(format_args!("     {}", console.paint(Style::Bad, other)));
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
    console.line(format_args!(
        "     {} {category} {}  {}  {told}",
        console.paint(Style::Good, "→"),
        console.paint(Style::Name, printable(event.event_type())),
        printable(event.subject()),
    ));
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
    console.line(format_args!(
        "         {}",
        printable(&Value::from(plain).to_string())
    ));
    for (class, token) in sealed {
        let shortened: String = token.chars().take(TOKEN_CHARACTERS).collect();
        console.line(format_args!(
            "         {class} {}",
            console.paint(
                Style::Faint,
                format_args!("{shortened}… ({} characters)", token.len())
            ),
        ));
        match opened.get(class) {
            Some(content) => console.line(format_args!(
                "         {class} opened: {}",
                printable(&content.to_string())
            )),
            None => console.line(format_args!(
                "         {class} {}",
                console.paint(Style::Bad, "could not be opened")
            )),
        }
    }
}

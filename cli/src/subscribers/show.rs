//! Prints the subscribers, for people or as JSON.

use anyhow::Result;
use user_events_local::clock::in_largest_unit;
use user_events_local::console::{Console, Style};

use super::facts::{Decrypts, Depth, Subscriber};
use crate::arn;
use crate::printable::printable;

const UNKNOWN: &str = "-";

/// Prints a subscriber. `of_category` is the number of event types of the category.
pub(super) fn readable(subscriber: &Subscriber, of_category: usize, out: &Console) {
    let raw = match subscriber.raw {
        Some(true) => ", raw delivery",
        Some(false) => ", wrapped by SNS",
        None => "",
    };
    let account = subscriber.account.as_ref();
    let account = account.map_or_else(String::new, |account| format!(" of the account {account}"));
    out.line(format_args!(
        "  {}{}  {}{raw}",
        out.paint(Style::Name, printable(name(subscriber))),
        printable(&account),
        printable(&subscriber.protocol)
    ));
    let detail = |name: &str, text: &str| out.line(format_args!("    {name:<9} {}", printable(text)));
    detail("receives", &receives(subscriber, of_category));
    if let Some(filter) = &subscriber.filter {
        detail("filter", &format!("{} by {}", filter.policy, filter.scope));
    }
    let classes = match subscriber.classes.as_deref() {
        None => UNKNOWN.to_owned(),
        Some([]) => "none".to_owned(),
        Some(classes) => classes.join(", "),
    };
    let stack = subscriber
        .stack
        .as_ref()
        .map(|stack| format!(", granted by the stack {stack}"));
    detail("classes", &(classes + &stack.unwrap_or_default()));
    detail(
        "messages",
        &format!(
            "{} waiting, {} in flight, oldest {}, {}, {}",
            number(subscriber.waiting),
            number(subscriber.in_flight),
            subscriber
                .oldest_seconds
                .map_or_else(|| UNKNOWN.to_owned(), in_largest_unit),
            depth(subscriber.dead_letters, "dead letters", "no dead-letter queue"),
            depth(
                subscriber.undelivered,
                "undelivered",
                "no queue for undelivered ones"
            ),
        ),
    );
}

/// One line of JSON.
pub(super) fn json(subscriber: &Subscriber) -> Result<String> {
    Ok(printable(&serde_json::to_string(subscriber)?))
}

/// Prints a principal that may decrypt, by the key policy or by a grant.
pub(super) fn decrypts(by: &str, decrypts: &Decrypts, out: &Console) {
    let classes = decrypts.classes.as_deref();
    let classes = classes.map_or_else(|| "every class".to_owned(), |classes| classes.join(", "));
    out.line(format_args!(
        "  {by}: {} may decrypt {}",
        out.paint(Style::Name, printable(&decrypts.principal)),
        printable(&classes)
    ));
}

/// The name of a queue or function, or the whole endpoint.
fn name(subscriber: &Subscriber) -> &str {
    match &subscriber.endpoint {
        Some(arn) if arn.starts_with("arn:") => arn::name(arn),
        Some(url) => url,
        None => "(a person's address, not shown)",
    }
}

fn receives(subscriber: &Subscriber, of_category: usize) -> String {
    match subscriber.receives.as_deref() {
        None => UNKNOWN.to_owned(),
        Some([]) => "no event of this version".to_owned(),
        Some(types) if types.len() == of_category => format!("all {of_category} events of the category"),
        Some(types) => types.join(", "),
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| number.to_string())
}

fn depth(depth: Depth, what: &str, none: &str) -> String {
    match depth {
        Depth::Messages(messages) => format!("{messages} {what}"),
        Depth::NoQueue => none.to_owned(),
        Depth::Unknown => format!("{UNKNOWN} {what}"),
    }
}

//! Prints an opened event, for people or as JSON.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::event::{Class, OpenedEvent};
use super::openers::BY_EXAMPLE_KEY;
use crate::printable::printable;
use user_events_local::console::{Console, Style};

/// Prints the event, its plain data, and each class.
pub(crate) fn readable(opened: &OpenedEvent, out: &Console) {
    let event = &opened.event;
    let text = |name: &str| printable(event.envelope()[name].as_str().unwrap_or("-"));
    let replay = if event.is_replay() { "  replay" } else { "" };
    out.line(format_args!(
        "{} {}  {}  {}{replay}",
        printable(event.category().unwrap_or("-")),
        out.paint(Style::Name, printable(event.event_type())),
        out.paint(Style::Strong, printable(event.subject())),
        text("time"),
    ));
    let origin = format!("    id {}  sequence {}", text("id"), text("sequence"));
    out.line(out.paint(Style::Faint, origin));
    if opened.by_example_key {
        out.line(out.paint(Style::Faint, format_args!("    {BY_EXAMPLE_KEY}")));
    }
    let plain: Map<_, _> = event
        .data()
        .iter()
        .filter(|(name, _)| !opened.classes.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    out.line(format_args!(
        "    {}",
        printable(&Value::Object(plain).to_string())
    ));
    for (name, class) in &opened.classes {
        let shown = match class {
            Class::Clear(content) => out.paint(Style::Good, printable(&content.to_string())),
            Class::NotGranted => out.paint(Style::Faint, "NOT GRANTED"),
            Class::Erased => out.paint(Style::Faint, "ERASED"),
            Class::Refused(_, why) => out.paint(Style::Bad, format_args!("REFUSED: {why}")),
            Class::Failed(_, why) => out.paint(Style::Bad, format_args!("NOT OPENED: {why}")),
            Class::Sealed => out.paint(Style::Faint, "SEALED"),
        };
        out.line(format_args!("    {} {shown}", printable(name)));
    }
}

/// One line of JSON: the `event` as received, its `attributes` if known, `opened` with the content of each class, and
/// `notOpened` with the reason for each of the others; `code` is the reason in a word. `exampleKey` if that key opened it.
pub(crate) fn json(opened: &OpenedEvent) -> Result<String> {
    let mut line = json!({ "event": opened.event.envelope() });
    let attributes: Map<_, _> = opened
        .event
        .attributes()
        .iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    if !attributes.is_empty() {
        line["attributes"] = Value::Object(attributes);
    }
    if opened.by_example_key {
        line["exampleKey"] = Value::from(true);
    }
    line["opened"] = json!({});
    for (name, class) in &opened.classes {
        let (status, code, detail) = match class {
            Class::Clear(content) => {
                line["opened"][name] = content.clone();
                continue;
            }
            Class::NotGranted => ("notGranted", None, None),
            Class::Erased => ("erased", None, None),
            Class::Refused(code, why) => ("refused", Some(*code), Some(why)),
            Class::Failed(code, why) => ("failed", Some(*code), Some(why)),
            Class::Sealed => ("sealed", None, None),
        };
        line["notOpened"][name] = json!({ "status": status });
        if let Some(code) = code {
            line["notOpened"][name]["code"] = Value::from(code);
        }
        if let Some(why) = detail {
            line["notOpened"][name]["reason"] = Value::from(why.as_str());
        }
    }
    Ok(printable(&serde_json::to_string(&line)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use user_events_consumer::ReceivedEvent;
    use user_events_core::Publication;
    use user_events_core::description::published_example;

    use super::*;
    use crate::names;
    use user_events_local::console::Written;

    fn opened(classes: &[(&str, Class)]) -> OpenedEvent {
        let (category, registration) = names::event("UserEmailChanged").unwrap();
        let example = published_example(registration, category, &Publication::default());
        let event = ReceivedEvent::from_message_body(&example.event.body).unwrap();
        let class = |class: &Class| match class {
            Class::Clear(content) => Class::Clear(content.clone()),
            Class::Refused(code, why) => Class::Refused(code, why.clone()),
            Class::Failed(code, why) => Class::Failed(code, why.clone()),
            Class::NotGranted => Class::NotGranted,
            Class::Erased => Class::Erased,
            Class::Sealed => Class::Sealed,
        };
        let classes: BTreeMap<_, _> = classes
            .iter()
            .map(|(name, one)| ((*name).to_owned(), class(one)))
            .collect();
        OpenedEvent {
            event,
            classes,
            by_example_key: false,
        }
    }

    #[test]
    fn the_result_of_each_class_is_printed_and_no_token_is() {
        for (class, told, key) in [
            (
                Class::Clear(json!({ "email": "a\u{9b}@example.com" })),
                "contact {\"email\":\"a\\u009b@example.com\"}",
                "opened",
            ),
            (Class::NotGranted, "contact NOT GRANTED", "notOpened"),
            (Class::Erased, "contact ERASED", "notOpened"),
            (
                Class::Refused("moved", "another event".to_owned()),
                "contact REFUSED: another event",
                "notOpened",
            ),
            (
                Class::Failed("kms", "KMS answered X".to_owned()),
                "contact NOT OPENED: KMS answered X",
                "notOpened",
            ),
            (Class::Sealed, "contact SEALED", "notOpened"),
        ] {
            let opened = opened(&[("contact", class)]);
            let written = Written::default();
            readable(&opened, &Console::writing_to(written.clone()));
            let text = written.text();
            assert!(text.contains(told), "{text}");
            assert!(
                text.starts_with("account UserEmailChangedEventV1  users/user-1  2026-"),
                "{text}"
            );
            assert!(!text.contains("eyJ") && !text.contains('\u{9b}'), "{text}");
            let line: Value = serde_json::from_str(&json(&opened).unwrap()).unwrap();
            assert!(!line[key]["contact"].is_null(), "{line}");
            assert_eq!(line["event"]["type"], "UserEmailChangedEventV1");
        }
    }

    #[test]
    fn no_member_of_an_event_controls_the_terminal() {
        let (category, registration) = names::event("UserRegistered").unwrap();
        let mut document = published_example(registration, category, &Publication::default()).document;
        for pointer in ["/data/userId", "/data/locale", "/time"] {
            *document.pointer_mut(pointer).unwrap() = Value::from("\u{202e}1\u{1b}");
        }
        document["subject"] = Value::from("users/\u{202e}1\u{1b}");
        document["dataschema"] = Value::from("urn:schemas/a\u{202e}/X.json");
        let event = ReceivedEvent::from_message_body(&document.to_string()).unwrap();
        let contact = Class::Clear(json!({ "email": "a\u{2066}b" }));
        let opened = OpenedEvent {
            event,
            classes: BTreeMap::from([("contact".to_owned(), contact)]),
            by_example_key: false,
        };
        let written = Written::default();
        readable(&opened, &Console::writing_to(written.clone()));
        let text = written.text() + &json(&opened).unwrap();
        assert!(
            text.bytes()
                .all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)),
            "{text}"
        );
        assert!(
            text.contains(r"users/\u202e1\u001b") && text.contains(r"a\u2066b"),
            "{text}"
        );
    }
}

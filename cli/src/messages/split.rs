//! Splits a text into messages.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// Its place in the text, for output: `message 2`, or `line 7, column 12` if it is not JSON from there on.
    pub(crate) place: String,
    /// What is wrong at that place, if it is not JSON.
    pub(crate) broken: Option<&'static str>,
    /// Its body: an event, or the notification that SNS wraps around one.
    pub(crate) body: String,
    /// Its message attributes by name, if the document has them beside the body.
    pub(crate) attributes: Vec<(String, String)>,
}

/// The messages in a text of one or several JSON documents, one per line or not: events, SNS notifications, SQS messages,
/// responses of `ReceiveMessage` (`Messages`), inputs of Lambda functions behind SQS or SNS (`Records`), lines of the demo's
/// `--events-out` and of `tail --json`, and arrays of all these. Any other document counts as a body, which the reader of
/// events then refuses.
pub(crate) fn split(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let documents: Result<Vec<&RawValue>, _> = Deserializer::from_str(text).into_iter().collect();
    match documents {
        Ok(documents) => documents
            .into_iter()
            .for_each(|document| take(document, &mut items)),
        Err(_) if has_a_document_per_line(text) => {
            // A line that is not JSON is reported; the other lines are still read.
            for (line, text) in numbered_lines(text) {
                match serde_json::from_str(text) {
                    Ok(document) => take(document, &mut items),
                    Err(error) => items.push(broken(line, &error, text)),
                }
            }
        }
        Err(error) => items.push(broken(error.line(), &error, text)),
    }
    items
}

fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.trim().is_empty())
}

/// Whether a line is a whole document. If none is, the lines are those of one document, in which inner ones are indented.
fn has_a_document_per_line(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| line.starts_with(['{', '[']));
    lines.any(|line| serde_json::from_str::<&RawValue>(line).is_ok())
}

/// A text that is not JSON. The error's own message is not used, because it can quote.
fn broken(line: usize, error: &serde_json::Error, text: &str) -> Item {
    Item {
        place: format!("line {line}, column {}", error.column()),
        broken: Some(if error.is_eof() {
            "the JSON ends too early"
        } else {
            "this is not JSON"
        }),
        body: text.to_owned(),
        attributes: Vec::new(),
    }
}

/// An object of which the values are kept as they are written, so that a body reaches the reader of events unchanged: a member that
/// comes twice, for example, must be refused there.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn take(document: &RawValue, items: &mut Vec<Item>) {
    if let Ok(documents) = serde_json::from_str::<Vec<&RawValue>>(document.get()) {
        return documents.into_iter().for_each(|document| take(document, items));
    }
    let Ok(members) = serde_json::from_str::<Members<'_>>(document.get()) else {
        return push(document, Vec::new(), items);
    };
    if members.contains_key("specversion") {
        return push(document, Vec::new(), items);
    }
    for list in ["Messages", "Records"] {
        let documents = members
            .get(list)
            .map(|list| serde_json::from_str::<Vec<&RawValue>>(list.get()));
        if let Some(Ok(documents)) = documents {
            return documents.into_iter().for_each(|document| take(document, items));
        }
    }
    for body in ["Body", "body", "Sns", "envelope", "event"] {
        if let Some(body) = members.get(body) {
            return push(body, attributes(&members), items);
        }
    }
    push(document, Vec::new(), items);
}

fn push(body: &RawValue, attributes: Vec<(String, String)>, items: &mut Vec<Item>) {
    // A Lambda function behind SNS gets the notification as an object with a `Type`.
    let body = serde_json::from_str(body.get()).unwrap_or_else(|_| body.get().to_owned());
    items.push(Item {
        place: format!("message {}", items.len() + 1),
        broken: None,
        body,
        attributes,
    });
}

/// The message attributes beside a body. SQS, Lambda and the demo name them differently.
fn attributes(members: &Members<'_>) -> Vec<(String, String)> {
    // In a Lambda record, `attributes` means something else, so `messageAttributes` comes first.
    let found = ["MessageAttributes", "messageAttributes", "attributes"]
        .iter()
        .filter_map(|name| serde_json::from_str::<Map<String, Value>>(members.get(*name)?.get()).ok());
    let value = |value: Value| {
        let named = ["StringValue", "stringValue", "Value"]
            .iter()
            .find_map(|name| value.get(*name));
        named.unwrap_or(&value).as_str().map(str::to_owned)
    };
    let first = found.into_iter().next().into_iter().flatten();
    first
        .filter_map(|(name, text)| Some((name, value(text)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_reaches_its_reader_as_it_is_written() {
        let twice = r#"{"specversion":"1.0", "id":"1","id":"2"}"#;
        assert_eq!(bodies(twice), [twice]);
        assert_eq!(bodies(&format!(r#"{{"event":{twice}}}"#)), [twice]);
        assert_eq!(bodies(&format!("[{twice}]")), [twice]);
    }

    fn bodies(text: &str) -> Vec<String> {
        split(text).into_iter().map(|item| item.body).collect()
    }

    #[test]
    fn a_message_is_found_in_every_form_that_tools_save() {
        let event = json!({ "specversion": "1.0", "id": "1", "data": { "body": "x" } });
        let body = event.to_string();
        let wrapped = json!({ "Type": "Notification", "Message": body });
        let sqs = json!({ "MessageId": "m", "Body": body });
        let lambda =
            json!({ "messageId": "m", "body": body, "attributes": { "ApproximateReceiveCount": "1" } });
        for document in [
            event.clone(),
            sqs.clone(),
            lambda.clone(),
            json!({ "Messages": [sqs] }),
            json!({ "Records": [lambda] }),
            json!([event]),
            json!({ "queue": "account", "envelope": event, "opened": {} }),
            json!({ "event": event, "attributes": { "category": "account" }, "opened": {} }),
            json!({ "MessageGroupId": "g", "Body": event }),
        ] {
            assert_eq!(bodies(&document.to_string()), [body.as_str()], "{document}");
            let pretty = serde_json::to_string_pretty(&document).unwrap();
            let [found] = bodies(&pretty).try_into().unwrap();
            assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), event, "{pretty}");
        }
        let records = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": wrapped }] });
        assert_eq!(bodies(&records.to_string()), [wrapped.to_string()]);
        assert_eq!(bodies(&wrapped.to_string()), [wrapped.to_string()]);
    }

    #[test]
    fn lines_and_documents_one_after_another_are_several_messages() {
        assert_eq!(bodies("{\"a\":1}\n\n{\"a\":2}\n"), [r#"{"a":1}"#, r#"{"a":2}"#]);
        assert_eq!(bodies("{\n\"a\":1}{\"a\":2}"), ["{\n\"a\":1}", r#"{"a":2}"#]);
        assert!(bodies("").is_empty() && bodies(r#"{"Messages":[]}"#).is_empty());
    }

    #[test]
    fn an_invalid_line_is_named_by_its_number_and_the_others_are_read() {
        let items = split("{\"a\":1}\nhello\n{\"a\":2}");
        let places: Vec<_> = items.iter().map(|item| item.place.as_str()).collect();
        assert_eq!(places, ["message 1", "line 2, column 1", "message 3"]);
        assert_eq!(split("a\nb\n{}").len(), 3);
    }

    #[test]
    fn broken_json_is_named_by_line_and_column() {
        for (text, place, what) in [
            ("{\"a\":1,\n \"b\":}\n", "line 2, column 6", "this is not JSON"),
            (
                "{\"a\":1,\n \"b\":[1,\n",
                "line 3, column 0",
                "the JSON ends too early",
            ),
            ("hello", "line 1, column 1", "this is not JSON"),
            ("{\n  \"a\": {},\n  b\n}", "line 3, column 3", "this is not JSON"),
        ] {
            let [item] = split(text).try_into().unwrap();
            assert_eq!((item.place.as_str(), item.broken), (place, Some(what)), "{text}");
        }
    }

    #[test]
    fn attributes_beside_the_body_are_read() {
        let expected = [("replay".to_owned(), "true".to_owned())];
        for document in [
            json!({ "Body": "b", "MessageAttributes": { "replay": { "StringValue": "true", "DataType": "String" } } }),
            json!({ "body": "b", "attributes": { "SentTimestamp": "1" },
                "messageAttributes": { "replay": { "stringValue": "true" } } }),
            json!({ "envelope": {}, "attributes": { "replay": "true" } }),
        ] {
            assert_eq!(split(&document.to_string())[0].attributes, expected, "{document}");
        }
    }
}

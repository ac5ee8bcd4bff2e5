//! Tests which messages fit, which do not, and that no value is printed.

use serde_json::json;
use user_events_core::Publication;
use user_events_core::description::published_example;

use super::*;
use crate::names::{event, registrations};

fn example(name: &str) -> Value {
    let (category, registration) = event(name).unwrap();
    published_example(registration, category, &Publication::default()).document
}

fn found(body: &Value) -> Finding {
    let schemas = Schemas::from_catalog().unwrap();
    let items = messages::split(&body.to_string());
    validate(&schemas, &items[0])
}

/// Pointer and expectation of each problem.
fn problems(body: &Value) -> Vec<(String, String)> {
    let problems = found(body).problems.into_iter();
    problems
        .map(|problem| (problem.pointer, problem.expected))
        .collect()
}

#[test]
fn every_example_fits_bare_and_wrapped_and_its_content_too() {
    let schemas = Schemas::from_catalog().unwrap();
    for (category, registration) in registrations() {
        let example = published_example(registration, category, &Publication::default());
        let wrapped = json!({ "Type": "Notification", "Message": example.event.body });
        for document in [
            &example.document,
            &wrapped,
            &json!({ "Messages": [{ "Body": wrapped.to_string() }] }),
        ] {
            let finding = validate(&schemas, &messages::split(&document.to_string())[0]);
            assert!(
                finding.problems.is_empty() && finding.notes.is_empty(),
                "{finding:?}"
            );
        }
        for (class, content) in &example.opened {
            let found = schemas.content(registration.event_type().as_str(), class, content);
            assert_eq!(found.unwrap(), [], "{}", registration.event_type());
            let misfit = schemas
                .content(registration.event_type().as_str(), class, &json!([]))
                .unwrap();
            assert_eq!(misfit[0].expected, "an object", "the content has a schema");
        }
    }
}

#[test]
fn a_problem_has_schema_pointer_and_expectation_and_never_a_value() {
    for (pointer, value, at, expected) in [
        ("/id", json!("secret"), "/id", "a string in the format `uuid`"),
        (
            "/time",
            json!("secret"),
            "/time",
            "a string in the format `date-time`",
        ),
        ("/specversion", json!("secret"), "/specversion", "1.0"),
        (
            "/sequence",
            json!("secret"),
            "/sequence",
            "a string that matches the pattern",
        ),
        (
            "/partitionkey",
            json!(""),
            "/partitionkey",
            "a string of at least 1 characters",
        ),
        (
            "/data/userId",
            json!({ "secret": "secret" }),
            "/data/userId",
            "a string",
        ),
        ("/data/userId", Value::Null, "/data/userId", "a string"),
        (
            "/data/changedAt",
            json!("secret"),
            "/data/changedAt",
            "a string in the format `date-time`",
        ),
        // Any text is a status: a later version may know more of them.
        (
            "/data/status",
            json!({ "secret": "secret" }),
            "/data/status",
            "ACTIVE",
        ),
        ("/data", json!([]), "/data", "an object"),
    ] {
        let mut document = example("UserAccountStatusChanged");
        *document.pointer_mut(pointer).unwrap() = value;
        let finding = found(&document);
        let shown = show::json(&finding, false).unwrap();
        assert!(!shown.contains("secret"), "{shown}");
        let problem = finding.problems.iter().find(|problem| problem.pointer == at);
        let problem = problem.unwrap_or_else(|| panic!("{pointer}: {shown}"));
        assert!(problem.expected.contains(expected), "{pointer}: {shown}");
        assert!(problem.schema.as_ref().unwrap().ends_with(".json"));
    }
}

#[test]
fn a_missing_member_is_named() {
    let mut document = example("UserEmailChanged");
    document["data"].as_object_mut().unwrap().remove("userId");
    document.as_object_mut().unwrap().remove("subject");
    assert_eq!(
        problems(&document),
        [
            (String::new(), "the member `subject`".to_owned()),
            ("/data".to_owned(), "the member `userId`".to_owned())
        ]
    );
}

#[test]
fn a_class_that_is_not_sealed_does_not_fit() {
    let mut document = example("UserEmailChanged");
    document["data"]["contact"] = json!({ "email": "secret@example.com" });
    let problems = problems(&document);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems.iter().all(|(pointer, _)| pointer == "/data/contact"),
        "{problems:?}"
    );
}

#[test]
fn an_unknown_type_is_noted_and_its_envelope_is_validated() {
    let mut document = example("UserEmailChanged");
    document["type"] = json!("UserEmailChangedEventV9");
    let finding = found(&document);
    assert!(
        finding.problems.is_empty() && finding.notes.len() == 1,
        "{finding:?}"
    );
    document["id"] = json!("secret");
    assert_eq!(found(&document).problems.len(), 1);
}

#[test]
fn a_message_that_is_not_an_event_is_one_problem() {
    for text in ["hello", r#"{"Type":"Notification","Message":"hello"}"#] {
        let schemas = Schemas::from_catalog().unwrap();
        let finding = validate(&schemas, &messages::split(text)[0]);
        assert!(
            finding.problems[0].expected.contains("an event in JSON"),
            "{finding:?}"
        );
    }
    assert!(!problems(&json!({})).is_empty());
}

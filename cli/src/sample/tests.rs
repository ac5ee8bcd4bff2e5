//! Tests that all forms hold the same event. The publisher's own tests check that the stream record causes it.

use serde_json::json;
use user_events_core::Publication;
use user_events_core::description::published_example;

use super::*;
use crate::messages;

fn form(name: &str, form: Form, user: Option<&str>) -> Value {
    let (category, registration) = names::event(name).unwrap();
    sample(category, registration, form, user).unwrap()
}

#[test]
fn every_form_of_every_event_holds_the_envelope() {
    for (category, registration) in names::registrations() {
        let example = published_example(registration, category, &Publication::default());
        let envelope = sample(category, registration, Form::Envelope, None).unwrap();
        assert_eq!(envelope, example.document, "{}", registration.event_type());
        for form in [Form::Sns, Form::Sqs, Form::Lambda] {
            let document = sample(category, registration, form, None).unwrap();
            let items = messages::split(&document.to_string());
            let body: Value = serde_json::from_str(&items[0].body).unwrap();
            let body = match form {
                Form::Sns => serde_json::from_str(body["Message"].as_str().unwrap()).unwrap(),
                _ => body,
            };
            assert_eq!(body, envelope);
            if form != Form::Sns {
                let expected = example.event.attributes.iter();
                let expected: Vec<_> = expected
                    .map(|one| (one.name.to_owned(), one.value.clone()))
                    .collect();
                assert_eq!(items[0].attributes, expected);
            }
        }
    }
}

#[test]
fn another_user_is_another_event_about_that_user() {
    let envelope = form("UserEmailChanged", Form::Envelope, Some("42"));
    assert_eq!(
        (&envelope["subject"], &envelope["data"]["userId"]),
        (&json!("users/42"), &json!("42"))
    );
    assert_eq!(
        envelope,
        form("UserEmailChanged", Form::Envelope, Some("42")),
        "the same every time"
    );
    let others = [
        form("UserEmailChanged", Form::Envelope, None),
        form("UserEmailChanged", Form::Envelope, Some("43")),
    ];
    assert!(others.iter().all(|other| other["id"] != envelope["id"]));
    let record = form("UserEmailChanged", Form::Stream, Some("42")).to_string();
    assert!(
        record.contains("USER#42") && !record.contains("USER#user-1"),
        "{record}"
    );
}

#[test]
fn a_user_for_another_subject_and_an_invalid_identifier_are_refused() {
    let error = |name: &str, user: &str| {
        let (category, registration) = names::event(name).unwrap();
        sample(category, registration, Form::Sqs, Some(user))
            .unwrap_err()
            .to_string()
    };
    assert!(error("RoleCreated", "42").contains("not about a user"));
    assert!(error("UserDeleted", "").contains("must not be empty"));
    assert!(error("UserDeleted", "a\nb").contains("identifier"));
}

//! Tests the options, and which queues count as left behind. Other tests run the command against a local engine.

use std::collections::HashMap;

use user_events_core::description::published_example;
use user_events_core::{MessageAttribute, Publication, Time};
use user_events_local::subscribe::Received;

use super::leftovers::{Found, account_of, judge};
use super::*;
use crate::names;
use user_events_policy::Scope;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo";

fn filter(arguments: &[&str]) -> Filter {
    Filter::new(&Options::read(arguments).unwrap()).unwrap()
}

fn received(name: &str) -> Received {
    let (category, registration) = names::event(name).unwrap();
    let event = published_example(registration, category, &Publication::default()).event;
    let attribute = |value: fn(&MessageAttribute) -> String| {
        let named = event
            .attributes
            .iter()
            .map(|one| (one.name.to_owned(), value(one)));
        named.collect()
    };
    Received {
        category: category.to_owned(),
        attributes: attribute(|one| one.value.clone()),
        data_types: attribute(|one| one.data_type.to_owned()),
        body: event.body.clone(),
        at: std::time::Instant::now(),
    }
}

#[test]
fn sns_filters_if_one_policy_can_express_the_options() {
    let server = |arguments: &[&str]| filter(arguments).server().cloned();
    assert_eq!(server(&[]), None);
    assert_eq!(
        server(&[
            "--type",
            "UserDeleted",
            "--type",
            "userregistered",
            "--class",
            "contact"
        ]),
        Some((
            Scope::Attributes,
            r#"{"eventType":["UserDeletedEventV1","UserRegisteredEventV1"],"dataClasses":["contact"]}"#
                .to_owned()
        ))
    );
    assert_eq!(
        server(&[
            "--subject",
            "users/1",
            "--type",
            "UserRegistered",
            "--class",
            "contact"
        ]),
        Some((
            Scope::Body,
            r#"{"type":["UserRegisteredEventV1"],"subject":["users/1"]}"#.to_owned()
        ))
    );
    let own = r#"{"data":{"mode":["HARD"]}}"#;
    assert_eq!(
        server(&["--filter-policy", own, "--scope", "body", "--type", "UserDeleted"]),
        Some((Scope::Body, own.to_owned()))
    );
    // Above the 150 combinations that SNS takes, only this side filters.
    let subjects: Vec<_> = (0..151).map(|user| format!("--subject=users/{user}")).collect();
    let subjects: Vec<_> = subjects.iter().map(String::as_str).collect();
    assert_eq!(server(&subjects), None);
    assert_eq!(
        server(&subjects[..150]).map(|(scope, _)| scope),
        Some(Scope::Body)
    );
}

#[test]
fn every_filter_is_also_applied_on_this_side() {
    let shown = |arguments: &[&str], name: &str| filter(arguments).lets_through(&received(name));
    for (arguments, name, through) in [
        (&[][..], "UserDeleted", true),
        (&["--type", "UserDeleted"], "UserDeleted", true),
        (&["--type", "UserDeleted"], "UserRegistered", false),
        (&["--subject", "users/user-1"], "UserDeleted", true),
        (&["--subject", "users/user-2"], "UserDeleted", false),
        (&["--class", "contact"], "UserRegistered", true),
        (&["--class", "contact"], "UserDeleted", false),
        (
            &["--class", "address", "--class", "contact"],
            "UserRegistered",
            true,
        ),
        (
            &["--filter-policy", r#"{"eventVersion":[{"numeric":["=",1]}]}"#],
            "UserDeleted",
            true,
        ),
        (
            &["--filter-policy", r#"{"eventVersion":[{"numeric":["=",2]}]}"#],
            "UserDeleted",
            false,
        ),
        (
            &["--filter-policy", "{}", "--type", "UserRegistered"],
            "UserDeleted",
            false,
        ),
    ] {
        assert_eq!(shown(arguments, name), through, "{arguments:?} {name}");
    }
    let mut other = received("UserDeleted");
    other.body = "hello".to_owned();
    assert!(
        filter(&["--type", "UserDeleted"]).lets_through(&other),
        "it is reported as not an event"
    );
}

#[test]
fn contradictory_options_are_refused() {
    for arguments in [
        &["--gc", "--count", "1"][..],
        &["--gc", "--forward-to", "http://127.0.0.1"],
        &["--forward-to", "not a URL"],
        &["--count", "0"],
        &["--for", "soon"],
        &["--category", "orders"],
        &["--topic-arn", "user-events-prod-account.fifo"],
        &["--topic-arn", TOPIC, "--stage", "prod"],
        &["--topic-arn", TOPIC, "--category", "account"],
        &["--topic-arn", TOPIC, "--gc"],
        &["--type", "UserDeletd"],
        &["--scope", "body"],
    ] {
        assert!(Options::read(arguments).is_err(), "{arguments:?}");
    }
    let error = Options::read(["--type", "UserDeletd"]).unwrap_err().to_string();
    assert!(error.contains("did you mean UserDeletedEventV1"), "{error}");
    let options = Options::read(["--filter-policy", r#"{"a":[]}"#]).unwrap();
    assert!(Filter::new(&options).unwrap_err().to_string().contains("`a`"));
}

#[test]
fn options_that_together_let_nothing_through_are_refused_with_the_nearest() {
    for (arguments, nearest) in [
        (&["--class", "emails"][..], "did you mean contact?"),
        (&["--subject", "42"], "did you mean users/42?"),
        (
            &["--category", "profile", "--type", "UserDeleted"],
            "did you mean --category account?",
        ),
        (
            &["--topic-arn", TOPIC, "--type", "UserLoggedIn"],
            "did you mean --category authentication?",
        ),
        (&["--type", "UserAccountSnapshot"], "a part of a snapshot"),
        (
            &["--type", "UserDeleted", "--class", "contact"],
            "did you mean --type UserRegisteredEventV1 or ",
        ),
        (
            &["--category", "authentication", "--class", "contact"],
            "did you mean --category account",
        ),
        (
            &["--subject", "roles/editor", "--type", "UserDeleted"],
            "did you mean --type RoleCreatedEventV1 or ",
        ),
        (
            &["--subject", "roles/editor", "--category", "profile"],
            "did you mean --category access?",
        ),
    ] {
        let refused = match Options::read(arguments) {
            Ok(options) => Filter::new(&options).map(drop).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let refused = refused.unwrap_err();
        assert!(refused.contains(nearest), "{arguments:?}: {refused}");
    }
    for arguments in [
        &[
            "--category",
            "account",
            "--type",
            "UserDeleted",
            "--subject",
            "users/1",
        ][..],
        &["--class", "contact", "--class", "address"],
        &[
            "--type",
            "UserDeleted",
            "--type",
            "UserRegistered",
            "--class",
            "contact",
        ],
        &["--subject", "roles/editor", "--category", "access"],
        &["--subject", "attempts/1"],
    ] {
        let options = Options::read(arguments).unwrap();
        assert!(Filter::new(&options).is_ok(), "{arguments:?}");
    }
}

#[test]
fn the_end_says_which_option_caused_it_and_how_far_the_other_was() {
    let said = |arguments: &[&str], end: &End| {
        let written = user_events_local::console::Written::default();
        say_why(
            end,
            &Options::read(arguments).unwrap(),
            &Console::writing_to(written.clone()),
        );
        written.text()
    };
    let both = &["--count", "3", "--for", "5m"][..];
    assert_eq!(
        said(both, &End::Counted(3)),
        "==> ended by --count: 3 of 3 events were shown\n"
    );
    assert_eq!(
        said(both, &End::TimeIsUp(1)),
        "==> ended by --for, after 5 minutes: 1 of 3 events were shown\n"
    );
    assert_eq!(
        said(&["--for", "90s"], &End::TimeIsUp(0)),
        "==> ended by --for, after 90 seconds: 0 events were shown\n"
    );
    assert_eq!(said(both, &End::Interrupted), "");
}

#[test]
fn the_account_of_a_queue_is_in_its_url() {
    for url in [
        "https://sqs.eu-west-1.amazonaws.com/222222222222/user-events-tail-account-1.fifo",
        "http://127.0.0.1:4566/222222222222/user-events-tail-account-1",
    ] {
        assert_eq!(account_of(url), Some("222222222222"), "{url}");
    }
    assert_eq!(account_of("user-events-tail-account-1"), None);
}

#[test]
fn a_queue_is_left_behind_only_after_its_tail_was_silent_too_long() {
    let now = Time::parse("2026-03-01T12:20:00.000Z").unwrap();
    let tags = |alive: &str| {
        HashMap::from(
            [
                (queues::TOPIC, "arn:topic"),
                (queues::STARTED, "2026-03-01T09:00:00.000Z"),
                (queues::ALIVE, alive),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
    };
    let in_use = Found::InUse("2026-03-01T09:00:00.000Z".to_owned());
    assert_eq!(
        judge(&tags("2026-03-01T11:59:59.999Z"), now),
        Found::Left("arn:topic".to_owned())
    );
    assert_eq!(judge(&tags("2026-03-01T12:00:00.000Z"), now), in_use);
    assert_eq!(
        judge(&tags("2026-03-01T13:00:00.000Z"), now),
        in_use,
        "another machine's clock is ahead"
    );
    for missing in [queues::TOPIC, queues::STARTED, queues::ALIVE] {
        let mut tags = tags("2026-03-01T09:00:00.000Z");
        tags.remove(missing);
        assert_eq!(judge(&tags, now), Found::NotOurs, "without {missing}");
    }
    assert_eq!(judge(&tags("soon"), now), Found::NotOurs);
}

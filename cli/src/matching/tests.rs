//! Tests the command with the catalog's own examples.

use clap::{CommandFactory, FromArgMatches, Parser};

use super::*;
use crate::names::registrations;
use user_events_local::console::Written;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

/// The command's results, its notes, and whether it let an event through.
fn matched(arguments: &[&str]) -> Result<(String, String, bool)> {
    let line = Line::command()
        .no_binary_name(true)
        .try_get_matches_from(arguments)?;
    let (out, progress) = (Written::default(), Written::default());
    let code = run(
        &Line::from_arg_matches(&line)?.options,
        &Console::writing_to(out.clone()),
        &Console::writing_to(progress.clone()),
    )?;
    Ok((out.text(), progress.text(), code == ExitCode::SUCCESS))
}

fn through(arguments: &[&str]) -> Vec<String> {
    let (out, _, any) = matched(arguments).unwrap();
    let through: Vec<_> = out
        .lines()
        .filter(|line| line.starts_with("yes"))
        .filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned))
        .collect();
    assert_eq!(any, !through.is_empty());
    through
}

#[test]
fn the_policies_of_the_documentation_let_through_what_they_say() {
    assert_eq!(
        through(&[r#"{"eventType":["UserDeletedEventV1"]}"#]),
        ["UserDeletedEventV1"]
    );
    let both = r#"{"eventName":["UserRegistered","UserDeleted"],"eventVersion":[{"numeric":["=",1]}]}"#;
    assert_eq!(through(&[both]), ["UserRegisteredEventV1", "UserDeletedEventV1"]);
    let contact = through(&[r#"{"dataClasses":["contact"]}"#]);
    let expected: Vec<_> = registrations()
        .filter(|(_, registration)| registration.classes().contains(&"contact"))
        .map(|(_, registration)| registration.event_type().to_string())
        .collect();
    assert!(contact.len() > 2 && contact == expected, "{contact:?}");
    let all = registrations().count();
    let not_redriven = r#"{"replay":[{"exists":false}]}"#;
    assert_eq!(through(&[not_redriven]).len(), all);
    assert!(through(&[not_redriven, "--replay"]).is_empty());
    assert_eq!(
        through(&["{}", "--category", "profile", "--category", "access"]).len(),
        {
            let of = |(category, _): &(&str, _)| ["profile", "access"].contains(category);
            registrations().filter(of).count()
        }
    );
}

#[test]
fn a_body_policy_sees_the_plain_data_and_never_what_is_sealed() {
    let hard = through(&[
        "--scope",
        "body",
        r#"{"data":{"mode":[{"anything-but":"SOFT"},"SOFT"]}}"#,
    ]);
    assert_eq!(hard, ["UserDeletedEventV1"]);
    let (_, notes, any) = matched(&[
        "--scope",
        "MessageBody",
        r#"{"data":{"contact":{"email":[{"suffix":"example.com"}]}}}"#,
    ])
    .unwrap();
    assert!(
        !any && notes.contains("`data.contact.email` is sealed"),
        "{notes}"
    );
}

#[test]
fn why_names_the_refusing_keys_and_a_key_that_no_event_has_is_noted() {
    let (out, notes, any) =
        matched(&["--why", r#"{"category":["account"],"dataClases":["contact"]}"#]).unwrap();
    assert!(
        !any && notes.contains("no event has the message attribute `dataClases`"),
        "{notes}"
    );
    let registered = out.lines().find(|line| line.contains("UserRegistered")).unwrap();
    assert!(registered.ends_with("refused by `dataClases`"), "{registered}");
    let role = out.lines().find(|line| line.contains("RoleCreated")).unwrap();
    assert!(role.ends_with("refused by `category` and `dataClases`"), "{role}");
}

#[test]
fn json_lines_say_the_same() {
    let (out, _, _) = matched(&["--json", r#"{"category":["access"]}"#]).unwrap();
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), registrations().count());
    for line in lines {
        assert_eq!(line["through"], line["category"] == "access");
        assert_eq!(line["refusedBy"].is_array(), line["through"] == false);
    }
}

#[test]
fn a_policy_can_be_a_file_and_the_error_for_a_missing_one_says_what_else_works() {
    let file = std::env::temp_dir().join(format!("policy-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"eventType":["RoleDeletedEventV1"]}"#).unwrap();
    assert_eq!(through(&[file.to_str().unwrap()]), ["RoleDeletedEventV1"]);
    std::fs::remove_file(&file).unwrap();
    let error = format!("{:#}", matched(&["no-such-file.json"]).unwrap_err());
    assert!(error.contains("- for standard input"), "{error}");
}

/// The proposed policy, and what is said about it.
fn proposed(arguments: &[&str]) -> (String, String, bool) {
    let (out, notes, exact) = matched(&[&["--propose"], arguments].concat()).unwrap();
    (out.trim().to_owned(), notes, exact)
}

#[test]
fn the_smallest_policy_is_proposed_and_lets_through_exactly_the_chosen_events() {
    for (arguments, expected) in [
        (
            &["UserEmailChanged,user-registered"][..],
            r#"{"eventName":["UserEmailChanged","UserRegistered"]}"#,
        ),
        (&["UserDeletedEventV1"], r#"{"eventType":["UserDeletedEventV1"]}"#),
        (&["UserDeletedV1"], r#"{"eventType":["UserDeletedEventV1"]}"#),
        (
            &["UserDeletedEventV1,UserRegistered"],
            r#"{"$or":[{"eventName":["UserRegistered"]},{"eventType":["UserDeletedEventV1"]}]}"#,
        ),
        (&["--category", "access"], r#"{"category":["access"]}"#),
        (&["--class", "contact"], r#"{"dataClasses":["contact"]}"#),
        (
            &["--category", "account", "--class", "contact,identity"],
            r#"{"category":["account"],"dataClasses":["contact","identity"]}"#,
        ),
        (
            &["UserDeleted,RoleDeleted", "--category", "account"],
            r#"{"$or":[{"eventName":["RoleDeleted"]},{"category":["account"]}]}"#,
        ),
        (
            &["UserDeleted,UserRegisteredEventV1", "--scope", "body"],
            r#"{"type":[{"prefix":"UserDeletedEventV"},"UserRegisteredEventV1"]}"#,
        ),
        (
            &["--class", "address", "--scope", "body"],
            r#"{"data":{"address":{"sealed":[{"exists":true}]}}}"#,
        ),
    ] {
        let (policy, notes, exact) = proposed(arguments);
        assert_eq!(policy, expected, "{arguments:?}");
        assert!(
            exact && !notes.contains("more than you chose"),
            "{arguments:?}: {notes}"
        );
    }
}

#[test]
fn a_proposed_policy_is_judged_as_if_it_were_given() {
    let (policy, _, exact) = proposed(&["--category", "access", "--scope", "body"]);
    assert!(exact);
    let all = through(&["--scope", "body", &policy]);
    let of_access = registrations().filter(|(category, _)| *category == "access");
    let of_access: Vec<_> = of_access.map(|(_, one)| one.event_type().to_string()).collect();
    assert_eq!(all, of_access);
}

#[test]
fn a_choice_of_nothing_or_of_what_no_topic_has_is_refused_with_a_remedy() {
    for (arguments, why) in [
        (&["--propose"][..], "no event is chosen"),
        (
            &["--propose", "UserEmailChangd"],
            "did you mean UserEmailChangedEventV1",
        ),
        (
            &["--propose", "--class", "emails"],
            "the classes are address, contact",
        ),
        (&["--class", "contact"], "--propose"),
        (&["--propose", "UserDeleted", "--why"], "--why"),
        (&[], "POLICY"),
    ] {
        let error = format!("{:#}", matched(arguments).unwrap_err());
        assert!(error.contains(why), "{arguments:?}: {error}");
    }
}

#[test]
fn a_value_that_no_event_has_is_noted_with_the_nearest() {
    let noted = |arguments: &[&str]| matched(arguments).unwrap().1;
    for (policy, expected) in [
        (
            r#"{"eventType":["UserDeltedEventV1"]}"#,
            "no event has the value `UserDeltedEventV1` in `eventType`; did you mean `UserDeletedEventV1`?",
        ),
        (
            r#"{"dataClasses":["emails"]}"#,
            "no event has the value `emails` in `dataClasses`; its values are address, contact, identity, network",
        ),
        (
            r#"{"$or":[{"eventName":[{"anything-but":["UserDeletd"]}]},{"category":["account"]}]}"#,
            "no event has the value `UserDeletd` in `eventName`; did you mean `UserDeleted`?",
        ),
        (
            r#"{"eventName":[{"prefix":"Uzer"}]}"#,
            "no event has a value with the prefix `Uzer` in `eventName`",
        ),
        (
            r#"{"eventVersion":[{"numeric":["=",7]}]}"#,
            "no event has a number of that range in `eventVersion`; its values are 1",
        ),
    ] {
        let notes = noted(&[policy]);
        assert!(notes.contains(expected), "{policy}: {notes}");
    }
    let body = noted(&["--scope", "body", r#"{"type":["UserDeletedEvent"]}"#]);
    assert!(body.contains("did you mean `UserDeletedEventV1`?"), "{body}");
    for known in [
        &[r#"{"eventType":["UserDeletedEventV1"]}"#, "--category", "access"][..],
        &[r#"{"eventName":[{"prefix":"User"}],"dataClasses":[{"exists":false}]}"#],
        &[r#"{"eventVersion":[{"numeric":[">=",1]}]}"#],
    ] {
        let notes = noted(known);
        assert!(!notes.contains("note:"), "{known:?}: {notes}");
    }
}

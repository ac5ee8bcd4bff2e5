//! Tests the command with the catalog's own examples.

use clap::{CommandFactory, FromArgMatches, Parser};

use super::*;
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

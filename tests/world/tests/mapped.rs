//! Tables of any shape on the whole path: the demo creates them on a local engine, deploys the template with a mapping, and
//! plays writes and cases.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use user_events_local::build::{Profile, functions_with_mapping};
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;
use user_events_testkit::{FunctionProcess, Record, Stub};
use xtask::demo::{self, Options};

use crate::tools::{Tool, require};

/// Users with their roles in one item, and no sort key.
const MAPPING: &str = r#"version: 1
tables:
  - table: "team-*"
    keys: { partition: id }
    rows:
      - kind: account
        when: { partition: "{userId}" }
        ids: { userId: "{userId}" }
        attributes:
          email: mail
          status:
            - { when: { banned: true }, value: SUSPENDED }
            - { value: ACTIVE }
          createdAt: { epochSeconds: created }
          updatedAt: recorded
      - kind: role-assignment
        when: { partition: "{userId}" }
        each: { set: roles }
        ids: { userId: "{userId}", roleId: { element: value } }
        attributes: { assignedAt: recorded }
"#;

/// Every result that a line can declare, and lines that declare none.
const WRITES: &str = r#"
{"title":"Ada registers","table":"team-users","put":{"id":{"S":"u-1"},"mail":{"S":"ada@example.com"},"created":{"N":"1772366400"},"note":{"S":"canary"},"roles":{"SS":["reader"]}},"expect":[{"type":"UserRegisteredEventV1","subject":"users/u-1","data":{"status":"ACTIVE","registeredAt":"2026-03-01T12:00:00.000Z","contact":{"email":"ada@example.com"}}},{"type":"RoleAssignedToUserEventV1","data":{"roleId":"reader"}}]}
{"title":"a note changes, which no rule reads","table":"team-users","update":{"key":{"id":"u-1"},"set":{"note":"canary of another kind"}},"expect":[]}
{"title":"Ada is banned","table":"team-users","update":{"key":{"id":"u-1"},"set":{"banned":true}}}
{"title":"Ada becomes a writer","table":"team-users","update":{"key":{"id":{"S":"u-1"}},"set":{"roles":{"SS":["reader","writer"]}}},"expect":[{"type":"RoleAssignedToUserEventV1","subject":"users/u-1","data":{"roleId":"writer"}}]}
{"title":"a row without an address","table":"team-users","put":{"id":"u-2","created":1772366400,"note":"canary"},"expect":"parked"}
{"title":"Ada leaves","table":"team-users","delete":{"id":"u-1"}}
"#;

const LIMIT: Duration = Duration::from_secs(30);

/// Where the console writes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a demo printed and recorded.
struct Played {
    exit: ExitCode,
    printed: String,
    recorded: String,
}

async fn play(options: Options, folder: &Path) -> Result<Played> {
    require(Tool::Python);
    let lines = Lines::default();
    let events_out = folder.join("events.ndjson");
    let options = Options {
        events_out: Some(events_out.clone()),
        ..options
    };
    let console = Console::writing_to(lines.clone());
    let exit = demo::run(&options, &Workspace::find()?, &console).await?;
    let printed = String::from_utf8(lines.0.lock().unwrap().clone())?;
    let recorded = std::fs::read_to_string(events_out)?;
    Ok(Played {
        exit,
        printed,
        recorded,
    })
}

/// Plays these writes to a table of `MAPPING`.
async fn play_writes(writes: &str) -> Result<Played> {
    let folder = tempfile::tempdir()?;
    let (mapping, lines) = (
        folder.path().join("team.yaml"),
        folder.path().join("writes.ndjson"),
    );
    std::fs::write(&mapping, MAPPING)?;
    std::fs::write(&lines, writes)?;
    let options = Options {
        mapping: Some(mapping),
        writes: Some(lines),
        ..Options::default()
    };
    play(options, folder.path()).await
}

/// A function that reads a mapping, and a mapping file with this text.
fn function(name: &str, mapping: &str, folder: &Path) -> Result<(PathBuf, String)> {
    let built = functions_with_mapping(&Workspace::find()?, Profile::Dev, &Console::stderr())?;
    let function = built.into_iter().find(|function| function.name == name);
    let file = folder.join("mapping.yaml");
    std::fs::write(&file, mapping)?;
    Ok((
        function.context("it is not built")?.binary,
        file.to_string_lossy().into_owned(),
    ))
}

async fn play_preset(name: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let options = Options {
        preset: Some(name.to_owned()),
        ..Options::default()
    };
    let played = play(options, folder.path()).await?;
    assert_eq!(played.exit, ExitCode::SUCCESS, "{}", played.printed);
    assert!(
        !played.recorded.is_empty() && !played.recorded.contains("canary"),
        "{}",
        played.recorded
    );
    Ok(())
}

#[test]
async fn a_mapped_table_publishes_what_its_writes_declare() -> Result<()> {
    let played = play_writes(WRITES).await?;
    assert_eq!(played.exit, ExitCode::SUCCESS, "{}", played.printed);
    let types: Vec<_> = played
        .recorded
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["envelope"]["type"].clone())
        .collect();
    let of = |name: &str| types.iter().filter(|event_type| *event_type == name).count();
    assert_eq!(
        [
            "UserRegisteredEventV1",
            "UserAccountStatusChangedEventV1",
            "UserDeletedEventV1"
        ]
        .map(of),
        [1, 1, 1]
    );
    assert_eq!(
        (
            of("RoleAssignedToUserEventV1"),
            of("RoleUnassignedFromUserEventV1")
        ),
        (2, 2)
    );
    assert!(!played.recorded.contains("canary"), "{}", played.recorded);
    assert!(
        played.printed.contains("(no event: 1, parked: 1)"),
        "{}",
        played.printed
    );
    Ok(())
}

#[test]
async fn what_is_other_than_declared_fails_the_demo() -> Result<()> {
    let wrong = WRITES
        .replacen(
            r#""email":"ada@example.com"}}}"#,
            r#""email":"bea@example.com"}}}"#,
            1,
        )
        .replacen(
            r#""set":{"banned":true}}}"#,
            r#""set":{"banned":true}},"expect":[]}"#,
            1,
        );
    let played = play_writes(&wrong).await?;
    assert_eq!(played.exit, ExitCode::FAILURE, "{}", played.printed);
    // Long lines are folded.
    let words: Vec<_> = played.printed.split_whitespace().collect();
    let printed = words.join(" ");
    for told in [
        "not as expected, 3 in all:",
        "declared: no event, but the rules give account UserAccountStatusChangedEventV1 users/u-1, of write 4",
        "other than declared: `data.contact.email` of UserRegisteredEventV1 users/u-1, of write 2",
        "unexpected: account UserAccountStatusChangedEventV1 users/u-1, which no write explains",
    ] {
        assert!(printed.contains(told), "{printed}");
    }
    Ok(())
}

#[test]
async fn a_writes_file_that_names_no_mapped_table_is_refused_before_anything_happens() -> Result<()> {
    let refused = play_writes(r#"{"table":"accounts","put":{"id":"u-1"}}"#).await;
    let error = format!("{:#}", refused.err().unwrap());
    assert!(error.contains("line 1: `table` must be \"team-*\""), "{error}");
    Ok(())
}

#[test]
async fn the_cases_of_authjs_come_true() -> Result<()> {
    play_preset("authjs").await
}

/// A table for each model.
#[test]
async fn the_cases_of_better_auth_come_true() -> Result<()> {
    play_preset("better-auth").await
}

#[test]
async fn the_cases_of_amplify_come_true() -> Result<()> {
    play_preset("amplify").await
}

#[test]
async fn the_cases_of_aspnet_identity_come_true() -> Result<()> {
    play_preset("aspnet-identity").await
}

#[test]
async fn the_cases_of_a_single_table_come_true() -> Result<()> {
    play_preset("single-table").await
}

#[test]
fn a_parked_record_of_a_mapped_table_is_redriven_by_the_mapping() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (binary, file) = function("redrive", MAPPING, folder.path())?;
    let stub = Stub::start()?;
    let streams = "arn:aws:dynamodb:eu-west-1:123456789012:table/team-users/stream/2026-03-01T00:00:00.000";
    let variables = [("MAPPING_FILE", file.as_str()), ("STREAM_ARNS", streams)];
    let function = FunctionProcess::start(&binary, &stub, &variables)?;
    let row = json!({ "id": "u-1", "mail": "ada@example.com", "created": 1_772_366_400, "note": "canary" });
    let record = Record::inserted("team-users", &row).with("/dynamodb/Keys", json!({ "id": { "S": "u-1" } }));
    let body = json!({
        "parkedAt": "2026-03-01T12:00:00.000Z",
        "reason": { "code": "row-does-not-fit", "message": "the mapping was wrong" },
        "source": {},
        "record": record.json(),
    });
    let messages = json!({ "Records": [{ "messageId": "m-1", "body": body.to_string() }] });
    let answer = stub.invoke_with(&messages, LIMIT)?;
    let log = function.end()?;
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }), "{log}");
    let published = stub.published();
    assert_eq!(published.len(), 1, "{log}");
    assert_eq!(published[0].attributes["eventType"], "UserRegisteredEventV1");
    assert_eq!(published[0].group.as_deref(), Some("users/u-1"));
    assert!(published[0].attributes.contains_key("replay"));
    assert!(!published[0].body.contains("canary") && !log.contains("canary"));
    Ok(())
}

#[test]
fn a_function_with_a_wrong_mapping_names_every_problem_and_ends() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let wrong = MAPPING
        .replace("email: mail", "emial: mail")
        .replace("recorded", "recordde");
    let (binary, file) = function("single-table", &wrong, folder.path())?;
    let stub = Stub::start()?;
    let mut function = FunctionProcess::start(&binary, &stub, &[("MAPPING_FILE", &file)])?;
    assert!(!function.wait(LIMIT)?.success());
    let log = function.end()?;
    assert!(log.matches("MAPPING_FILE: line ").count() > 1, "{log}");
    assert!(log.contains("emial"), "{log}");
    Ok(())
}

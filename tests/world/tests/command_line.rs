//! What every command has in common: lost output, input without messages, JSON by the line, the example key.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::started::{said, user_events};

/// A mapping, and items for it.
const MAPPING: &str = "version: 1\ntables:\n  - table: \"users\"\n    keys: { partition: id }\n    rows:\n      \
    - kind: account\n        when: { partition: \"{userId}\" }\n        ids: { userId: \"{userId}\" }\n        \
    attributes:\n          email: mail\n          status: { value: ACTIVE }\n          createdAt: recorded\n          \
    updatedAt: recorded\n";
const OLD: &str = r#"{"id":"u-1","mail":"ada@example.com"}"#;
const NEW: &str = r#"{"id":"u-1","mail":"ada.example@example.com"}"#;

/// A folder with the files that the commands read.
fn files() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let sample = said(&["sample", "UserRegistered"], "")?.stdout;
    fs::write(folder.path().join("event.json"), sample)?;
    for (name, text) in [("mapping.yaml", MAPPING), ("old.json", OLD), ("new.json", NEW)] {
        fs::write(folder.path().join(name), text)?;
    }
    Ok(folder)
}

/// Every command that needs no engine, with arguments with which it writes to standard output.
const COMMANDS: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["tail", "--help"],
    &["catalog", "list"],
    &["catalog", "show", "UserRegistered"],
    &["catalog", "show", "UserRegistered", "--schema"],
    &["catalog", "asyncapi"],
    &["sample", "UserRegistered"],
    &["sample", "--all", "--as", "lambda"],
    &["match", "{}"],
    &["open", "event.json"],
    &["validate", "event.json"],
    &["map", "check", "mapping.yaml"],
    &["map", "try", "mapping.yaml", "old.json", "new.json"],
    &["map", "infer", "old.json", "--table", "users"],
    &["map", "doctor", "mapping.yaml", "old.json"],
    &["completions", "bash"],
    &["man", "pages"],
    &[
        "scaffold",
        "subscriber",
        "--language",
        "python",
        "--name",
        "welcome",
    ],
];

/// The same with `--json`.
const IN_JSON: &[&[&str]] = &[
    &["catalog", "list", "--json"],
    &["catalog", "show", "UserRegistered", "--json"],
    &["match", "{}", "--json"],
    &["open", "event.json", "--json"],
    &["validate", "event.json", "--json"],
    &["map", "check", "mapping.yaml", "--json"],
    &["map", "try", "mapping.yaml", "old.json", "new.json", "--json"],
    &["map", "doctor", "mapping.yaml", "old.json", "--json"],
];

/// The commands with `--json` that need an engine; other tests read their lines.
const IN_JSON_WITH_ENGINE: &[&str] = &[
    "backfill",
    "erase-list",
    "erase-status",
    "erase-verify",
    "inbox-show",
    "inbox-snapshot",
    "parked-list",
    "replay-status",
    "subscribers",
    "tail",
];

fn run(arguments: &[&str], stdout: impl Into<Stdio>) -> Result<Output> {
    let folder = files()?;
    let mut command = user_events(arguments)?;
    let command = command
        .current_dir(folder.path())
        .stdout(stdout)
        .stderr(Stdio::piped());
    Ok(command.spawn()?.wait_with_output()?)
}

#[test]
fn lost_output_is_an_error_of_every_command() -> Result<()> {
    for arguments in COMMANDS.iter().chain(IN_JSON) {
        let whole = run(arguments, Stdio::piped())?;
        let stderr = String::from_utf8_lossy(&whole.stderr);
        ensure!(
            whole.status.success() && !whole.stdout.is_empty(),
            "{arguments:?}: {stderr}"
        );
        let full = OpenOptions::new().write(true).open("/dev/full")?;
        let output = run(arguments, full)?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(1) && stderr.contains("error: the output is not complete"),
            "{arguments:?}: {} {stderr}",
            output.status
        );
    }
    Ok(())
}

#[test]
fn a_closed_standard_output_is_an_error_of_every_command() -> Result<()> {
    for arguments in COMMANDS.iter().chain(IN_JSON) {
        let folder = files()?;
        let program = user_events(arguments)?;
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", "exec \"$0\" \"$@\" >&-"])
            .arg(program.get_program())
            .args(program.get_args());
        let environment = program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        shell
            .env_clear()
            .envs(environment)
            .current_dir(folder.path())
            .stdin(Stdio::null());
        let output = shell.output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(1) && stderr.contains("standard output is closed"),
            "{arguments:?}: {} {stderr}",
            output.status
        );
    }
    Ok(())
}

#[test]
fn a_reader_who_went_away_is_no_error() -> Result<()> {
    for arguments in COMMANDS.iter().chain(IN_JSON) {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let output = run(arguments, writer)?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success() && !stderr.contains("error"),
            "{arguments:?}: {stderr}"
        );
    }
    Ok(())
}

#[test]
fn json_is_one_object_a_line() -> Result<()> {
    for arguments in IN_JSON {
        let output = run(arguments, Stdio::piped())?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(!text.is_empty(), "{arguments:?}");
        for line in text.lines() {
            let value: Value =
                serde_json::from_str(line).with_context(|| format!("{arguments:?}: {line}"))?;
            ensure!(value.is_object(), "{arguments:?}: {line}");
        }
    }
    Ok(())
}

#[test]
fn every_command_with_json_is_tried_here_or_on_an_engine() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = folder.path().to_str().context("no text")?;
    ensure!(said(&["man", pages], "")?.status.success());
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder.path())? {
        let path = entry?.path();
        if fs::read_to_string(&path)?.contains("\n\\fB\\-\\-json\\fR") {
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .context("no name")?;
            found.insert(name.trim_start_matches("user-events-").to_owned());
        }
    }
    let without_engine = IN_JSON.iter().map(|arguments| {
        let words = arguments
            .iter()
            .take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
        Vec::from_iter(words.copied()).join("-")
    });
    let with_engine = IN_JSON_WITH_ENGINE.iter().map(|name| (*name).to_owned());
    let tried: BTreeSet<_> = without_engine.chain(with_engine).collect();
    assert_eq!(found, tried);
    Ok(())
}

#[test]
fn input_without_a_message_is_an_error_that_says_what_was_expected() -> Result<()> {
    for (arguments, place) in [
        (&["open"][..], "standard input"),
        (&["open", "-"], "standard input"),
        (&["validate", "-"], "standard input"),
        (&["validate", "-", "--json"], "standard input"),
        (&["open", "/dev/null"], "/dev/null"),
    ] {
        for (input, what) in [
            ("", "is empty"),
            (" \n\n", "is empty"),
            ("{\"Messages\":[]}", "has no message"),
        ] {
            if place == "/dev/null" && !input.is_empty() {
                continue;
            }
            let output = said(arguments, input)?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.code() == Some(1)
                    && stderr.contains(&format!("error: {place} {what}; expected an event"))
                    && output.stdout.is_empty(),
                "{arguments:?} {input:?}: {} {stderr}",
                output.status
            );
        }
    }
    Ok(())
}

#[test]
fn broken_json_is_reported_with_line_and_column() -> Result<()> {
    let broken = "{\n  \"specversion\": \"1.0\",\n  \"id\": canary\n}\n";
    for arguments in [
        &["open"][..],
        &["open", "--json"],
        &["validate", "-"],
        &["validate", "-", "--json"],
    ] {
        let output = said(arguments, broken)?;
        let text = String::from_utf8([output.stdout, output.stderr].concat())?;
        ensure!(
            output.status.code() == Some(1) && text.contains("line 3, column 9") && !text.contains("canary"),
            "{arguments:?}: {text}"
        );
    }
    Ok(())
}

/// The events of the catalog as `sample` prints them.
fn samples() -> Result<String> {
    Ok(String::from_utf8(said(&["sample", "--all"], "")?.stdout)?)
}

#[test]
fn a_sample_is_opened_without_credentials_and_the_output_says_by_which_key() -> Result<()> {
    let samples = samples()?;
    let opened = said(&["open", "--json"], &samples)?;
    let stderr = String::from_utf8_lossy(&opened.stderr);
    ensure!(opened.status.success(), "{stderr}");
    let mut classes = 0;
    for line in String::from_utf8(opened.stdout)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        ensure!(line.get("notOpened").is_none(), "{line}");
        let some = line["opened"]
            .as_object()
            .is_some_and(|opened| !opened.is_empty());
        assert_eq!(line.get("exampleKey"), some.then_some(&json!(true)), "{line}");
        classes += usize::from(some);
    }
    ensure!(classes > 10, "{classes}");
    for (form, arguments) in [
        ("sqs", &["open"][..]),
        ("lambda", &["open", "-"]),
        ("envelope", &["validate", "-", "--open"]),
    ] {
        let sample = said(&["sample", "UserRegistered", "--as", form], "")?;
        let shown = said(arguments, &String::from_utf8(sample.stdout)?)?;
        let text = String::from_utf8(shown.stdout)?;
        ensure!(
            shown.status.success() && text.contains("the public example key"),
            "{form}: {text}"
        );
    }
    let strict = said(&["validate", "-", "--open", "--strict"], &samples)?;
    ensure!(
        strict.status.success(),
        "{}",
        String::from_utf8_lossy(&strict.stderr)
    );
    Ok(())
}

#[test]
fn the_example_key_is_taken_for_no_key_of_a_deployment() -> Result<()> {
    let sample = String::from_utf8(said(&["sample", "UserRegistered"], "")?.stdout)?;
    // With a deployment named, its key is looked up, as for every other event.
    let key = serde_json::from_str::<Value>(&sample)?["data"]["contact"]["keyArn"].clone();
    let key = key.as_str().context("no key")?;
    for more in [&["--stage", "dev"][..], &["--seal-key", key]] {
        for first in [&["open"][..], &["validate", "-", "--open"]] {
            let output = said(&[first, more].concat(), &sample)?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.code() == Some(1) && stderr.contains("no AWS region is set"),
                "{more:?}: {stderr}"
            );
        }
    }
    // An event with another key is no sample, whatever else it has.
    let other = sample.replace(
        key,
        "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-4000-8000-000000000000",
    );
    let output = said(&["open"], &other)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(stderr.contains("no AWS region is set"), "{stderr}");
    // With the example's key, and something else in the token, it is refused.
    let mut moved: Value = serde_json::from_str(&sample)?;
    moved["id"] = json!("11111111-1111-5111-8111-111111111111");
    let output = said(&["open"], &moved.to_string())?;
    ensure!(
        output.status.code() == Some(3),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    Ok(())
}

#[test]
fn a_scaffold_says_when_its_endpoint_is_dead_and_writes_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("welcome");
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    drop(listener);
    let to = out.to_str().context("no text")?;
    let arguments = [
        "scaffold",
        "subscriber",
        "--language",
        "python",
        "--name",
        "welcome",
        "--out",
        to,
        "--endpoint",
    ];
    let output = said(&[&arguments[..], &[endpoint.as_str()]].concat(), "")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(1)
            && stderr.contains("connection refused")
            && stderr.contains("cargo demo --keep"),
        "{stderr}"
    );
    ensure!(!Path::new(&out).exists());
    Ok(())
}

//! `cargo demo`: what it prints at a width of 100 columns, and that the commands that it prints run in a fresh shell.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use user_events_local::console::{Console, Written};
use user_events_local::workspace::Workspace;
use xtask::demo::{self, Options};

use crate::started::{shell, write_tools};
use crate::tools::{Tool, require};

const WIDTH: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a demo prints.
async fn printed(options: Options) -> Result<String> {
    require(Tool::Python);
    let written = Written::default();
    let console = Console::writing_to(written.clone());
    let code = demo::run(&options, &Workspace::find()?, &console).await?;
    let text = written.text();
    ensure!(code == ExitCode::SUCCESS, "{text}");
    Ok(text)
}

/// The commands in the output: lines indented by four columns, each below a line that says what it does.
fn commands(printed: &str) -> Vec<String> {
    let lines: Vec<_> = printed.lines().collect();
    let begin = |heading: &str| lines.iter().position(|line| line.starts_with(heading));
    let begin = begin("==> left running")
        .or_else(|| begin("==> what to do next"))
        .unwrap_or(lines.len());
    let mut commands: Vec<String> = Vec::new();
    for line in &lines[begin..] {
        if let Some(more) = line.strip_prefix("      ") {
            if let Some(last) = commands.last_mut() {
                last.push('\n');
                last.push_str(more);
            }
        } else if let Some(command) = line.strip_prefix("    ") {
            commands.push(command.to_owned());
        }
    }
    commands
}

/// A command that runs until it is ended, and the word with which it is ready.
fn endless(command: &str) -> Option<&'static str> {
    let begins = |words: &str| command.starts_with(words);
    if begins("user-events tail ") || begins("user-events playground ") {
        return Some("ready: ");
    }
    begins("tail -f ").then_some(" ")
}

/// Waits until the output of a process has this text, and ends the process.
fn end_when_ready(mut process: Child, text: &str) -> Result<()> {
    let (sender, lines) = mpsc::channel();
    let outputs: [Box<dyn std::io::Read + Send>; 2] = [
        Box::new(process.stdout.take().context("no output")?),
        Box::new(process.stderr.take().context("no output")?),
    ];
    for output in outputs {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
    }
    drop(sender);
    let mut said = String::new();
    let ready = loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(text) => break true,
            Ok(line) => said = said + &line + "\n",
            Err(_) => break false,
        }
    };
    let pid = process.id().to_string();
    std::process::Command::new("kill").arg(&pid).status()?;
    process.wait()?;
    ensure!(ready, "it did not say `{text}`:\n{said}");
    Ok(())
}

#[test]
async fn the_demo_fits_into_a_hundred_columns_and_says_why_there_is_no_event_and_what_to_do_next()
-> Result<()> {
    let printed = printed(Options::default()).await?;
    for line in printed.lines() {
        ensure!(line.chars().count() <= WIDTH, "{line}");
    }
    let mut reasons: Vec<_> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("     no event: "))
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "only the last login changed",
            "only the password hash changed",
            "rows with such keys are not read",
            "the session ended before; removing its row is no second end",
            "the user was deleted before; removing the row is no second deletion",
        ]
    );
    // A long document is folded between its members, and its later lines are indented.
    let folded = printed.lines().any(|line| line.starts_with("          \""));
    ensure!(folded, "{printed}");
    assert_eq!(
        commands(&printed),
        ["cargo demo --open", "cargo demo --keep", "cargo catalog"]
    );
    Ok(())
}

#[test]
async fn every_command_that_a_kept_demo_prints_runs_in_a_fresh_shell() -> Result<()> {
    let options = Options {
        keep: true,
        ..Options::default()
    };
    let printed = printed(options).await?;
    let mut commands = commands(&printed);
    let stop = commands
        .iter()
        .position(|command| command.starts_with("kill "))
        .map(|place| commands.remove(place));
    let stop = stop.with_context(|| format!("no command stops it:\n{printed}"))?;
    let tried = tokio::task::block_in_place(|| run_all(&commands));
    let folder = tempfile::tempdir()?;
    let stopped = shell(&stop, folder.path()).status()?;
    tried?;
    ensure!(stopped.success(), "{stop}");
    let first: Vec<_> = commands
        .iter()
        .filter_map(|command| command.split(" --endpoint").next())
        .collect();
    for wanted in [
        "user-events playground",
        "user-events tail",
        "user-events trigger UserRegistered",
        "user-events parked list",
        "cargo demo",
        "cargo catalog",
    ] {
        ensure!(first.contains(&wanted), "{wanted} is not in {commands:#?}");
    }
    let scaffolds = commands
        .iter()
        .any(|command| command.starts_with("user-events scaffold subscriber "));
    ensure!(scaffolds, "{commands:#?}");
    Ok(())
}

/// Runs every command in a fresh environment, which has neither a region nor keys.
fn run_all(commands: &[String]) -> Result<()> {
    let (tools, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    write_tools(tools.path())?;
    let has_aws = shell("command -v aws >/dev/null && aws --version", tools.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?
        .success();
    for command in commands {
        if command.contains(" aws ") && !has_aws {
            continue;
        }
        // The browser of whoever runs the tests stays closed.
        let quiet = if command.starts_with("user-events playground ") {
            " --no-browser"
        } else {
            ""
        };
        let mut line = shell(
            &format!("exec {}{quiet}", with_environment(command)),
            tools.path(),
        );
        let process = line
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(text) = endless(command) {
            end_when_ready(process, text).with_context(|| command.clone())?;
            continue;
        }
        let output = process.wait_with_output()?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            bail!("{command}\n{}\n{}", output.status, String::from_utf8_lossy(&said));
        }
    }
    Ok(())
}

/// The command after `exec`, which takes no assignments before a command.
fn with_environment(command: &str) -> String {
    let assigns = command.split(' ').next().is_some_and(|word| word.contains('='));
    if assigns {
        format!("env {command}")
    } else {
        command.to_owned()
    }
}

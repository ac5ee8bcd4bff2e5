//! What to do after the demo: commands for a fresh shell.

use std::path::Path;

use user_events::shell::word;
use user_events_local::clients::{ACCESS_KEY, REGION, SECRET_KEY};
use user_events_local::console::{Console, Style};
use user_events_local::folding::fold;

/// The columns of a command's first line, and of its later lines.
const COMMAND: &str = "    ";
const LATER: usize = 6;

/// What was left running.
pub(super) struct Kept<'k> {
    pub(super) endpoint: &'k str,
    pub(super) stack: &'k str,
    pub(super) stage: &'k str,
    /// The deployed name of the table of accounts, if the stack created it.
    pub(super) accounts: Option<&'k str>,
    /// The queue that is subscribed to the accounts' topic.
    pub(super) queue_url: Option<&'k str>,
    pub(super) mapping: Option<&'k Path>,
}

/// Prints what to do next when nothing was left running.
pub(crate) fn without_engine(console: &Console) {
    console.line("");
    console.step("what to do next");
    for (what, how) in [
        (
            "change rows in the browser, and see their events:",
            "cargo demo --open",
        ),
        (
            "leave the engine running; then user-events tail, trigger, scaffold and parked work on it:",
            "cargo demo --keep",
        ),
        ("read what each event means, as a site:", "cargo catalog"),
    ] {
        say(console, what, how);
    }
}

/// Prints how to go on with the engine that was left running.
pub(super) fn with_engine(kept: &Kept<'_>, console: &Console) {
    let Kept {
        endpoint,
        stack,
        stage,
        ..
    } = kept;
    let is_default = *stage == "demo";
    let stage = if is_default {
        String::new()
    } else {
        format!(" --stage {stage}")
    };
    let stack = if is_default {
        String::new()
    } else {
        format!(" --stack {stack}")
    };
    console.line("");
    console.step(format_args!("left running at {endpoint}"));
    let say = |what: &str, how: &str| say(console, what, how);
    // In the order of a first visit. `cargo install --path cli --locked` installs the command.
    let mapping = kept
        .mapping
        .map(|mapping| format!(" --mapping {}", word(&mapping.display().to_string())))
        .unwrap_or_default();
    say(
        "change rows in the browser (`user-events` comes from cargo install --path cli --locked):",
        &format!("user-events playground{stack}{mapping} --endpoint {endpoint}"),
    );
    say(
        "follow the events:",
        &format!("user-events tail{stage} --endpoint {endpoint} --open"),
    );
    if is_default {
        say(
            "cause an event, in another terminal:",
            &format!("user-events trigger UserRegistered --endpoint {endpoint}"),
        );
    }
    say(
        "write a subscriber, run it, and see it handle its first event:",
        &format!(
            "user-events scaffold subscriber --language python --name welcome --classes contact{stage} \
             --endpoint {endpoint} --try"
        ),
    );
    say(
        "list what could not become an event:",
        &format!("user-events parked list{stack} --endpoint {endpoint}"),
    );
    if kept.mapping.is_some() {
        say(
            "write rows of your own (the file is yours):",
            &format!("cargo demo --endpoint {endpoint}{mapping} --writes my-writes.ndjson"),
        );
    } else {
        say(
            "play the story again; --writes FILE plays writes of your own:",
            &format!("cargo demo --endpoint {endpoint}"),
        );
    }
    if let Some(accounts) = kept.accounts {
        let item = r#"{"pk":{"S":"USER#1"},"sk":{"S":"ACCOUNT"},"email":{"S":"me@example.com"},"status":{"S":"ACTIVE"},"createdAt":{"S":"2026-03-01T08:00:00Z"},"updatedAt":{"S":"2026-03-01T08:00:00Z"}}"#;
        say(
            "write a row with the AWS command line:",
            &aws(
                endpoint,
                &format!("dynamodb put-item --table-name {accounts} --item '{item}'"),
            ),
        );
    }
    if let Some(url) = kept.queue_url {
        let receive = "sqs receive-message --wait-time-seconds 5 --message-attribute-names All";
        say(
            "read the account queue, which is still subscribed:",
            &aws(endpoint, &format!("{receive} --queue-url {url}")),
        );
    }
    say("read what each event means, as a site:", "cargo catalog");
}

/// Prints how to read the log of the engine, and how to stop it.
pub(super) fn with_process(log: &Path, process_group: u32, console: &Console) {
    say(
        console,
        "read the log of the engine and its functions:",
        &format!("tail -f {}", word(&log.display().to_string())),
    );
    say(console, "stop it:", &format!("kill -- -{process_group}"));
}

/// A command of the AWS command line with the region and the keys of a local engine. The region is an option, because its two
/// major versions read it from different variables.
fn aws(endpoint: &str, command: &str) -> String {
    format!(
        "AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} \
         aws --region {REGION} --endpoint-url {endpoint} {command}"
    )
}

fn say(console: &Console, what: &str, how: &str) {
    console.folded(4, format_args!("  {what}"));
    for line in command_lines(how, console.width()) {
        console.line(console.paint(Style::Strong, line));
    }
}

/// The command, folded so that a shell reads it as one: with a backslash at the end of a line, or inside quotes, where JSON may
/// have line feeds.
fn command_lines(command: &str, width: usize) -> Vec<String> {
    let mut lines = fold(&format!("{COMMAND}{command}"), LATER, width.saturating_sub(2));
    let mut quotes = 0;
    let last = lines.len().saturating_sub(1);
    for (place, line) in lines.iter_mut().enumerate() {
        quotes += line.matches('\'').count();
        if place < last && quotes % 2 == 0 {
            line.push_str(" \\");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_folded_command_as_it_was() {
        let json = r#"{"pk":{"S":"USER#1"},"sk":{"S":"ACCOUNT"},"email":{"S":"me@example.com"},"status":{"S":"ACTIVE"}}"#;
        let command = format!("printf %s|%s|%s one --two '{json}'");
        for width in [60, 80, 100, 300] {
            let lines = command_lines(&command, width);
            assert!(
                lines.iter().all(|line| line.chars().count() <= width),
                "{lines:?}"
            );
            let joined = lines.join("\n");
            let unquoted = joined.replace(" \\\n", " ");
            let (words, item) = unquoted.split_once('\'').unwrap();
            let words: Vec<_> = words.split_whitespace().collect();
            assert_eq!(words, ["printf", "%s|%s|%s", "one", "--two"]);
            let item: serde_json::Value = serde_json::from_str(item.trim_end_matches('\'')).unwrap();
            assert_eq!(item, serde_json::from_str::<serde_json::Value>(json).unwrap());
        }
    }
}

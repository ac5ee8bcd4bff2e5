//! Commands about an event, to copy.

use maud::{Markup, html};

use super::code::copy_button;
use user_events::catalog::model::EventPage;

/// The URL of a local engine, as `cargo demo --keep` prints it.
const ENGINE: &str = "http://127.0.0.1:4566";

/// The table of the persons' keys, in which an erasure leaves a tombstone.
const ERASURES: &str = "subject-keys";
/// The rows of the markers at the end of a snapshot. They are in no table.
const MARKERS: &str = "snapshots";

/// A command and what it does.
pub(super) struct Command {
    /// Unique on its page.
    id: &'static str,
    purpose: &'static str,
    line: String,
}

/// The commands about the event.
pub(super) fn commands_for(event: &EventPage) -> Vec<Command> {
    let name = &event.name;
    let mut commands = vec![Command {
        id: "sample",
        purpose: "Print the example, as a Lambda function receives it",
        line: format!("user-events sample {name} --as lambda"),
    }];
    if event.is_of_snapshot {
        commands.push(Command {
            id: "backfill",
            purpose: "Count what a subscriber that joins late would get, and send nothing",
            line: "user-events backfill --subscriber my-subscriber --stack user-events-dev --dry-run"
                .to_owned(),
        });
    } else {
        commands.push(follow(event));
        commands.push(cause(event));
    }
    commands.push(scaffold(event, &event.classes));
    commands
}

/// The commands about its thin form.
pub(super) fn commands_for_thin(event: &EventPage) -> Vec<Command> {
    if event.is_of_snapshot {
        return vec![scaffold(event, &[])];
    }
    vec![follow(event), cause(event), scaffold(event, &[])]
}

fn follow(event: &EventPage) -> Command {
    Command {
        id: "tail",
        purpose: "Show each one as it is published in a stage",
        line: format!("user-events tail --stage dev --type {}", event.name),
    }
}

/// The event of an erasure comes from a command, and every other one from a row.
fn cause(event: &EventPage) -> Command {
    if event.cause.table == ERASURES {
        return Command {
            id: "erase",
            purpose: "Count what the erasure of a person would delete, and delete nothing",
            line: "user-events erase --user 42 --stack user-events-dev --dry-run".to_owned(),
        };
    }
    Command {
        id: "trigger",
        purpose: "Cause one on a local engine, by writing its row",
        line: format!("user-events trigger {} --endpoint {ENGINE}", event.name),
    }
}

fn scaffold(event: &EventPage, classes: &[String]) -> Command {
    let mut line = "user-events scaffold subscriber --language python --name my-subscriber".to_owned();
    if event.is_of_snapshot {
        line.push_str(" --late");
    }
    if event.cause.table != MARKERS {
        line.push_str(&format!(" --category {}", event.category));
    }
    if !event.is_of_snapshot {
        line.push_str(&format!(" --events {}", event.event_type));
    }
    if !classes.is_empty() {
        line.push_str(&format!(" --classes {}", classes.join(",")));
    }
    Command {
        id: "scaffold",
        purpose: "Start a project that receives it; the languages are python, typescript and rust",
        line,
    }
}

/// The command line, with an element for each argument.
fn arguments(line: &str) -> Markup {
    html! {
        @for (place, argument) in line.split(' ').enumerate() {
            @if place > 0 { " " }
            span { (argument) }
        }
    }
}

/// The section with the commands.
pub(super) fn commands(commands: &[Command]) -> Markup {
    html! {
        section class="part" id="commands" aria-labelledby="commands-title" {
            h2 id="commands-title" { "Commands" }
            ul class="commands" {
                @for command in commands {
                    @let id = format!("command-{}", command.id);
                    li {
                        p { (command.purpose) }
                        div {
                            code id=(id) translate="no" { (arguments(&command.line)) }
                            (copy_button(&id, command.id))
                        }
                    }
                }
            }
        }
    }
}

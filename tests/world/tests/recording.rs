//! The committed recording of the demo: its picture is drawn from its text, and its text is what the demo prints today.

use anyhow::{Context, Result, ensure};
use user_events_catalog::CATEGORIES;
use xtask::recording::{COLUMNS, expected, svg};

use crate::support::root;

fn text() -> Result<String> {
    std::fs::read_to_string(root().join("docs/demo.ansi")).context("docs/demo.ansi")
}

/// The text without escape sequences of colour.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// The identifier of the recorded run.
fn run_of(text: &str) -> Option<&str> {
    text.split("users/anna-").nth(1)?.get(..6)
}

#[test]
fn the_picture_is_drawn_from_the_text() -> Result<()> {
    let picture = std::fs::read_to_string(root().join("docs/demo.svg"))?;
    ensure!(
        picture == svg(&text()?),
        "docs/demo.svg is not that of docs/demo.ansi; run cargo run --package xtask -- recording --redraw"
    );
    Ok(())
}

#[test]
fn the_recording_is_of_what_the_demo_prints_today() -> Result<()> {
    let text = text()?;
    let run = run_of(&text).context("the recording has no user")?;
    let mut rest = text.as_str();
    for part in expected(run)? {
        let found = rest.find(&part);
        let place = found.with_context(|| {
            format!(
                "the recording lacks this part; run cargo run --package xtask -- recording:\n{}",
                plain(&part)
            )
        })?;
        rest = &rest[place + part.len()..];
    }
    // Every event is shown with its category, its type and its subject, its data and its classes.
    let events: Vec<_> = text.lines().filter(|line| line.contains("→")).collect();
    ensure!(events.len() > 30, "{}", events.len());
    for event in events {
        let is_known = CATEGORIES.iter().any(|category| {
            let arrow = format!("     \u{1b}[32m→\u{1b}[0m {} \u{1b}[36m", category.name);
            event.starts_with(&arrow)
        });
        ensure!(is_known, "{event:?}");
    }
    ensure!(
        text.contains("contact opened: \u{1b}[32m{\"email\":"),
        "an opened class is green"
    );
    Ok(())
}

#[test]
fn no_line_of_the_recording_is_wider_than_its_terminal() -> Result<()> {
    let text = plain(&text()?);
    for line in text.lines() {
        ensure!(line.chars().count() <= COLUMNS, "{line}");
    }
    // It is read by strangers: no path of the machine that made it.
    ensure!(!text.contains(root().to_str().context("no text")?), "{text}");
    Ok(())
}

#[test]
fn another_output_of_the_demo_is_noticed() -> Result<()> {
    let text = text()?;
    let run = run_of(&text).context("the recording has no user")?;
    let older = text.replace("no event: only the password hash changed", "no event");
    ensure!(older != text);
    ensure!(expected(run)?.iter().any(|part| !older.contains(part)));
    Ok(())
}

//! `user-events parked mend`: edits the image of a parked record, shows what it becomes, and redrives it.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::deployment::Deployment;
use super::drawer::{read_one, redrive};
use super::mended::{ImageJson, Side, edited, image, mended, read};
use super::options::Mend;
use super::outcome::{Outcome, preview};
use super::private_file::Passing;
use super::queues::Queues;
use crate::messages;
use crate::printable::printable;
use crate::terminal::Terminal;

/// Runs the command. While somebody edits or thinks, the record is visible in the parked queue; before it is redriven, the
/// command checks that it is still the same.
///
/// Fails when the ID matches no parked record, when the edited image cannot be used, and when the mended record would be
/// parked again.
pub(super) async fn run<Q: Queues>(
    options: &Mend,
    deployment: &Deployment,
    queues: &Q,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let side = if options.old { Side::Old } else { Side::New };
    let message = read_one(queues, &options.id, interrupt, progress).await?;
    let before = image(&message.body, side)?;
    let (after, body) = edit(options, deployment, side, &message.body, progress, terminal)?;
    if after == before {
        out.line("the image is as it was; nothing was sent");
        return Ok(ExitCode::SUCCESS);
    }
    out.line(format_args!("changed: {}", changed(&before, &after)));
    let outcome = preview(deployment, &body);
    out.line(outcome.summary());
    for line in outcome.details() {
        out.line(line);
    }
    match &outcome {
        Outcome::Published { .. } | Outcome::NoEvent { .. } => {}
        _ if options.dry_run => {}
        Outcome::Parked { .. } => bail!("nothing was sent: the mended record would be parked again"),
        Outcome::Unknown { .. } => {
            bail!("nothing was sent: what the mended record becomes cannot be derived")
        }
    }
    if options.dry_run {
        out.line("nothing was sent");
        return Ok(match outcome {
            Outcome::Published { .. } => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        });
    }
    progress.line(progress.paint(
        Style::Faint,
        "the row in the table stays as it is: correct it there, too, or its next change is parked again",
    ));
    let question = "Redrive the mended record, and remove the parked one?";
    if !terminal.confirms(question, options.yes, progress)? {
        out.line("nothing was sent");
        return Ok(ExitCode::FAILURE);
    }
    interrupt.check()?;
    redrive(queues, &message, Some(body), interrupt, progress).await?;
    out.line("the mended record was redriven, and the parked one removed");
    Ok(ExitCode::SUCCESS)
}

/// The edited image, and the message with it.
fn edit(
    options: &Mend,
    deployment: &Deployment,
    side: Side,
    body: &str,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<(ImageJson, String)> {
    let before = image(body, side)?;
    if let Some(file) = &options.file {
        let after = read(&messages::read(Some(file))?)?;
        let body = mended(body, side, &after)?;
        return Ok((after, body));
    }
    if !options.set.is_empty() || !options.remove.is_empty() {
        let after = edited(before, &options.set, &options.remove)?;
        let body = mended(body, side, &after)?;
        return Ok((after, body));
    }
    let editor = editor()?;
    let mut text = format!("{}\n", serde_json::to_string_pretty(&before)?);
    loop {
        text = edited_text(&editor, &text)?;
        let done = read(&text).and_then(|after| Ok((mended(body, side, &after)?, after)));
        let problem = match &done {
            Err(error) => format!("{error:#}"),
            Ok((mended, after)) => match preview(deployment, mended) {
                outcome @ Outcome::Parked { .. } if *after != before => outcome.summary(),
                _ => String::new(),
            },
        };
        if !problem.is_empty() && terminal.can_answer() {
            progress.line(progress.paint(Style::Bad, printable(&problem)));
            if terminal.confirms("Edit it again?", false, progress)? {
                continue;
            }
        }
        return done.map(|(mended, after)| (after, mended));
    }
}

/// The command that edits a file.
fn editor() -> Result<String> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.trim().is_empty()).then_some(value)
    });
    named.context(
        "no editor is named; set EDITOR, or give the values with --set NAME=VALUE or the whole image with --file",
    )
}

/// The text after somebody edited it. The file is deleted.
fn edited_text(editor: &str, text: &str) -> Result<String> {
    let file = Passing::new(text)?;
    // As git does it: the variable may hold arguments, too.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(file.path())
        .status()
        .context("the editor cannot be started; check EDITOR")?;
    if !status.success() {
        bail!("the editor failed, so nothing was changed; check EDITOR");
    }
    std::fs::read_to_string(file.path()).context("the edited file cannot be read as UTF-8 text")
}

/// The names of the attributes that differ.
fn changed(before: &ImageJson, after: &ImageJson) -> String {
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    let changed: Vec<_> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| printable(name))
        .collect();
    changed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_with_arguments_edits_the_text_and_one_that_fails_changes_nothing() {
        assert_eq!(edited_text("sed -e s/b/c/ -i", "a b\n").unwrap(), "a c\n");
        let error = edited_text("false", "a\n").unwrap_err().to_string();
        assert!(error.contains("nothing was changed"), "{error}");
    }

    #[test]
    fn attributes_that_differ_are_named_without_their_values() {
        let image = |text: &str| read(text).unwrap();
        let before = image(r#"{"a":{"S":"secret"},"b":{"N":"1"},"c":{"S":"x"}}"#);
        let after = image(r#"{"a":{"S":"other"},"c":{"S":"x"},"d":{"S":"secret"}}"#);
        assert_eq!(changed(&before, &after), "a, b, d");
    }
}

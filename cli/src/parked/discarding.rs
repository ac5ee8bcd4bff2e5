//! `user-events parked discard`: deletes a message from the parked queue for ever.

use std::process::ExitCode;

use anyhow::Result;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::deployment::Deployment;
use super::drawer::{discard, read_one};
use super::entry::Content;
use super::options::Discard;
use super::outcome::{Outcome, preview};
use super::private_file::write_new;
use super::queues::{Message, Queues};
use super::table;
use crate::terminal::Terminal;

/// Runs the command.
///
/// Fails when the ID matches no message or several, when the copy cannot be written, and when nobody can answer.
pub(super) async fn run<Q: Queues>(
    options: &Discard,
    deployment: &Deployment,
    queues: &Q,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let message = read_one(queues, &options.id, interrupt, progress).await?;
    table::print(std::slice::from_ref(&message.entry), out);
    out.line(format_args!("lost: {}", lost(deployment, &message)));
    if !terminal.confirms("Delete the message for ever?", options.yes, progress)? {
        out.line("nothing was deleted");
        return Ok(ExitCode::FAILURE);
    }
    interrupt.check()?;
    if let Some(file) = &options.out {
        write_new(file, &message.body)?;
        progress.line(progress.paint(
            Style::Faint,
            format_args!(
                "the copy {} is unencrypted personal data; delete it as soon as you can",
                file.display()
            ),
        ));
    }
    discard(queues, &message, interrupt, progress).await?;
    out.line("the message was deleted from the parked queue");
    Ok(ExitCode::SUCCESS)
}

/// What is lost with the message.
fn lost(deployment: &Deployment, message: &Message) -> String {
    match &message.entry.content {
        Content::Record(_) => {
            let would = match preview(deployment, &message.body) {
                outcome @ Outcome::Published { .. } => {
                    format!("; redriven now, it {}", outcome.summary())
                }
                _ => String::new(),
            };
            format!(
                "this change of the row is never published, and subscribers keep what they know until the row changes \
                 again{would}"
            )
        }
        Content::Failures { .. } => {
            "the notice; the records stay in the failure bucket until it deletes them, and \
                                     nothing reminds of them"
                .to_owned()
        }
        Content::Announcement => "nothing: the test event of the bucket".to_owned(),
        Content::Foreign => "a message that neither a function nor the bucket sent".to_owned(),
    }
}

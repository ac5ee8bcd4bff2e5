//! `user-events parked redrive`: selects messages, and foretells or redrives them.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

use super::deployment::Deployment;
use super::entry::Entry;
use super::foretold::Tally;
use super::held::Held;
use super::options::Redrive;
use super::outcome::{Outcome, preview};
use super::queues::{Message, Queues};
use super::waiting::{Fate, Patience, Sent, UNTIL_COUNTS_ARE_RIGHT, fates};
use super::{redrive, table};
use crate::printable::printable;

/// Runs the command.
///
/// Fails when an ID matches no message or several, and when a queue refuses.
pub(super) async fn run<Q: Queues>(
    options: &Redrive,
    deployment: &Deployment,
    is_local: bool,
    held: &mut Held<'_, Q>,
    interrupt: &Interrupt,
    out: &Console,
    progress: &Console,
) -> Result<ExitCode> {
    // Without a wait, only the named messages matter.
    let wanted = if options.wait {
        &[]
    } else {
        options.selection.ids()
    };
    held.take(wanted, interrupt, progress).await?;
    let all = held.entries();
    let selected: Vec<Entry> = options.selection.select(&all)?.into_iter().cloned().collect();
    let others = all.len() - selected.len();
    let outcome = |message: &Message| preview(deployment, &message.body);
    if options.dry_run {
        table::print(&selected, out);
        let outcomes: Vec<_> = selected
            .iter()
            .filter_map(|entry| held.get(&entry.message_id))
            .map(outcome)
            .collect();
        for (id, outcome) in table::short_ids(&selected).into_iter().zip(&outcomes) {
            out.line(format_args!("{id}  {}", outcome.summary()));
        }
        out.line(format_args!(
            "{} would be redriven ({}){}; nothing was changed",
            selected.len(),
            Tally::new(&outcomes),
            if options.selection.ids().is_empty() {
                format!(", {others} would stay")
            } else {
                String::new()
            },
        ));
        return Ok(ExitCode::SUCCESS);
    }
    redrive::fits_into_the_hold(selected.len(), options.rate)?;
    let before: HashSet<_> = all.iter().map(|entry| entry.message_id.clone()).collect();
    let messages = selected.iter().filter_map(|entry| held.get(&entry.message_id));
    let mut sent: Vec<Sent> = messages
        .map(|message| Sent {
            message: message.clone(),
            foretold: outcome(message),
        })
        .collect();
    held.release_others(&selected, progress).await;
    let (handed_over, done) = redrive::hand_over(held, &selected, options.rate, interrupt, progress).await;
    out.line(format_args!(
        "{handed_over} of {} redriven{}",
        selected.len(),
        if options.selection.ids().is_empty() {
            format!(", {} left in the parked queue", all.len() - handed_over)
        } else {
            String::new()
        },
    ));
    if !options.wait {
        return done.map(|()| ExitCode::SUCCESS);
    }
    held.release(progress).await;
    sent.truncate(handed_over);
    let patience = Patience {
        limit: Duration::from_secs(options.within.into()),
        believed_after: if is_local {
            Duration::ZERO
        } else {
            UNTIL_COUNTS_ARE_RIGHT
        },
    };
    let fates = fates(held.queues(), &sent, &before, patience, interrupt, progress).await?;
    tell(&sent, &fates, out);
    done?;
    Ok(if fates.iter().all(Fate::is_good) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says what became of each message.
pub(super) fn tell(sent: &[Sent], fates: &[Fate], out: &Console) {
    let entries: Vec<_> = sent.iter().map(|sent| sent.message.entry.clone()).collect();
    for ((id, sent), fate) in table::short_ids(&entries).into_iter().zip(sent).zip(fates) {
        let types = match &sent.foretold {
            Outcome::Published { events, .. } => {
                let types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
                format!(": {}", types.join(", "))
            }
            _ => String::new(),
        };
        let (style, text) = match fate {
            Fate::Published => (Style::Good, format!("published{types}")),
            Fate::Settled(why) => (Style::Good, format!("settled without an event: {why}")),
            Fate::ParkedAgain { message_id, reason } => {
                (Style::Bad, format!("parked again as {message_id}: {reason}"))
            }
            Fate::Unknown(why) => (
                Style::Bad,
                format!("unknown: {why}; see `user-events parked list`"),
            ),
        };
        out.line(out.paint(style, printable(&format!("{id}  {text}"))));
    }
}

//! Redrives messages: sends each to the redrive queue first, then deletes it from the parked queue.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::time::{MissedTickBehavior, interval};

use super::entry::Entry;
use super::held::Held;
use super::queues::{Message, Queues};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

/// The longest redrive. A message stays hidden for at most 12 hours (Amazon SQS Developer Guide, *Amazon SQS visibility
/// timeout*); one hour is kept in reserve.
const LONGEST: Duration = Duration::from_secs(11 * 3_600);
const REPORT_EVERY: Duration = Duration::from_secs(2);

/// Checks that the messages can be redriven before they become visible again.
///
/// Fails when so many messages at that rate take too long.
pub(super) fn fits_into_the_hold(messages: usize, rate: Option<NonZeroU32>) -> Result<()> {
    let per_second = rate.map_or(usize::MAX, |rate| rate.get() as usize);
    let seconds = messages / per_second;
    if seconds as u64 > LONGEST.as_secs() {
        bail!(
            "{messages} messages at {per_second} per second take {} hours, but messages can be hidden for 12 hours \
             only: choose a higher --rate, or fewer messages with --where",
            seconds.div_ceil(3_600)
        );
    }
    Ok(())
}

/// Redrives the messages in this order until one fails. Returns how many were redriven, and the error.
///
/// A message that was sent but not deleted is in both queues: its events may be delivered twice, with the same IDs. A message
/// that was not sent is still in the parked queue.
pub(super) async fn hand_over<Q: Queues>(
    held: &mut Held<'_, Q>,
    entries: &[Entry],
    rate: Option<NonZeroU32>,
    interrupt: &Interrupt,
    progress: &Console,
) -> (usize, Result<()>) {
    let mut pace = rate.map(|rate| interval(Duration::from_secs(1) / rate.get()));
    if let Some(pace) = &mut pace {
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut reported = Instant::now();
    for (handed_over, entry) in entries.iter().enumerate() {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        if let Err(error) = interrupt.check() {
            return (handed_over, Err(error.into()));
        }
        if let Err(error) = unchanged(held, &entry.message_id).await {
            return (handed_over, Err(error));
        }
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            progress.step(format_args!("{} of {} redriven", handed_over + 1, entries.len()));
        }
    }
    (entries.len(), Ok(()))
}

/// Sends the held message as it is given, then deletes it from the parked queue.
///
/// Fails when a queue refuses.
pub(super) async fn hand_over_one<Q: Queues>(held: &mut Held<'_, Q>, message: &Message) -> Result<()> {
    let message_id = &message.entry.message_id;
    held.queues().hand_over(message).await?;
    held.queues().delete(&message.receipt).await.with_context(|| {
        format!(
            "message {message_id} was redriven but is still in the parked queue; if it is redriven again, its events \
             are delivered twice, with the same IDs"
        )
    })?;
    held.forget(message_id);
    Ok(())
}

async fn unchanged<Q: Queues>(held: &mut Held<'_, Q>, message_id: &str) -> Result<()> {
    held.extend().await?;
    let message = held
        .get(message_id)
        .with_context(|| format!("message {message_id} is no longer hidden by this command; run it again"))?;
    let message = message.clone();
    hand_over_one(held, &message).await
}

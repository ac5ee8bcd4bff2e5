//! Handing messages over: taken by the redrive queue first, deleted from the parked queue second.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::time::{MissedTickBehavior, interval};

use super::entry::Entry;
use super::held::Held;
use super::queues::Queues;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

/// A message stays hidden for 12 hours at the most (Amazon SQS Developer Guide, *Amazon SQS visibility timeout*); an
/// hour is left for what is slower than asked for.
const LONGEST: Duration = Duration::from_secs(11 * 3_600);
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Fails when so many messages at that rate take longer than messages can be hidden.
pub(super) fn fits_into_the_hold(messages: usize, rate: Option<NonZeroU32>) -> Result<()> {
    let per_second = rate.map_or(usize::MAX, |rate| rate.get() as usize);
    let seconds = messages / per_second;
    if seconds as u64 > LONGEST.as_secs() {
        bail!(
            "{messages} messages at {per_second} per second take {} hours, and they can be hidden for 12 hours: choose \
             a higher --rate, or fewer messages with --where",
            seconds.div_ceil(3_600)
        );
    }
    Ok(())
}

/// Hands the messages over in this order, until one cannot be: how many were, and what stopped it.
///
/// A message that was taken by the redrive queue and could not be deleted is in both queues, which makes its events come
/// twice under the same ids; one that was not taken is in the parked queue still.
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
    let mut told = Instant::now();
    for (handed_over, entry) in entries.iter().enumerate() {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        if let Err(error) = interrupt.check() {
            return (handed_over, Err(error.into()));
        }
        if let Err(error) = one(held, &entry.message_id).await {
            return (handed_over, Err(error));
        }
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            progress.step(format_args!(
                "{} of {} handed over",
                handed_over + 1,
                entries.len()
            ));
        }
    }
    (entries.len(), Ok(()))
}

async fn one<Q: Queues>(held: &mut Held<'_, Q>, message_id: &str) -> Result<()> {
    held.extend().await?;
    let message = held
        .get(message_id)
        .with_context(|| format!("message {message_id} is not held any more"))?;
    held.queues().hand_over(message).await?;
    held.queues().delete(&message.receipt).await.with_context(|| {
        format!(
            "message {message_id} was handed over and is in the parked queue still; redriving it a second time makes \
             its events come twice, under the same ids"
        )
    })?;
    held.forget(message_id);
    Ok(())
}

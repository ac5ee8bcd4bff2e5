//! The operations on parked messages, for the command and for every other front end. Each reads the queue, acts, and makes
//! every message that is left visible again.

use anyhow::{Context, Result, bail};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

use super::held::Held;
use super::queues::{Message, Queues};
use super::redrive::hand_over_one;
use super::selection::find;

/// The messages of the parked queue with their bodies, oldest first. They are visible again afterwards.
///
/// Fails when the queue cannot be read.
pub(crate) async fn read_all<Q: Queues>(
    queues: &Q,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<Vec<Message>> {
    let mut held = Held::nothing(queues);
    let read = held.take_all(interrupt, progress).await;
    let messages = held.messages();
    held.release(progress).await;
    read.map(|()| messages)
}

/// The message with that ID, or unique prefix. Reads only until it is found. It is visible again afterwards.
///
/// Fails when the ID matches no message or several.
pub(crate) async fn read_one<Q: Queues>(
    queues: &Q,
    id: &str,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<Message> {
    let mut held = Held::nothing(queues);
    let found = held_one(&mut held, id, interrupt, progress).await;
    held.release(progress).await;
    found
}

/// Redrives this message, which was read before: sends it to the redrive queue, and deletes it from the parked queue when it
/// was accepted. With `mended`, sends that body in its place; see [`super::mended::mended`].
///
/// Fails when the message cannot be redriven, when it is gone or another one by now, and when a queue refuses.
pub(crate) async fn redrive<Q: Queues>(
    queues: &Q,
    seen: &Message,
    mended: Option<String>,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<()> {
    if !seen.entry.can_be_redriven() {
        bail!("the message is neither a parked record nor an S3 notification, so it cannot be redriven");
    }
    let mut held = Held::nothing(queues);
    let done = async {
        let mut message = held_as_seen(&mut held, seen, interrupt, progress).await?;
        if let Some(body) = mended {
            message.body = body;
        }
        hand_over_one(&mut held, &message).await
    };
    let done = done.await;
    held.release(progress).await;
    done
}

/// Deletes this message, which was read before, from the parked queue.
///
/// Fails when the message is gone or another one by now, and when the queue refuses.
pub(crate) async fn discard<Q: Queues>(
    queues: &Q,
    seen: &Message,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<()> {
    let mut held = Held::nothing(queues);
    let done = async {
        let message = held_as_seen(&mut held, seen, interrupt, progress).await?;
        queues.delete(&message.receipt).await?;
        held.forget(&seen.entry.message_id);
        Ok(())
    };
    let done = done.await;
    held.release(progress).await;
    done
}

/// The message, hidden from others, if it is still the one that was seen.
async fn held_as_seen<Q: Queues>(
    held: &mut Held<'_, Q>,
    seen: &Message,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<Message> {
    let message = held_one(held, &seen.entry.message_id, interrupt, progress).await?;
    if message.body != seen.body {
        bail!("the message is another one than before; look at it again with `user-events parked show`");
    }
    Ok(message)
}

async fn held_one<Q: Queues>(
    held: &mut Held<'_, Q>,
    id: &str,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<Message> {
    held.take(&[id.to_owned()], interrupt, progress).await?;
    let entries = held.entries();
    let entry = find(id, &entries)?.clone();
    held.release_others(std::slice::from_ref(&entry), progress).await;
    held.extend().await?;
    let message = held.get(&entry.message_id).cloned();
    message.context("the message is no longer hidden by this command; run it again")
}

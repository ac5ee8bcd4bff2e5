//! Erases a person from a queue of records that could not be published.

use std::collections::HashMap;

use anyhow::{Context, Result};
use user_events_core::{FailureObject, Parked, RawRecord};

use super::bucket::Bucket;
use super::ledger::Find;
use super::whose::Whose;
use super::work::{Looked, Work};
use crate::parked::{Entry, HOLD, Held, Queues, SqsQueues};

/// What to do with a message.
enum Verdict {
    Delete(Find),
    Stays(Whose),
}

/// Receives every message once, deletes the person's, and makes the others visible again at once.
///
/// Fails when the queue or the ledger refuses, and when the command is interrupted; the messages are visible again then, too.
pub(super) async fn purge(work: &Work<'_>, queue: &SqsQueues, find: Find) -> Result<Looked> {
    let mut held = Held::nothing(queue);
    let done = purge_held(work, &mut held, find).await;
    held.release(work.progress).await;
    done
}

async fn purge_held(work: &Work<'_>, held: &mut Held<'_, SqsQueues>, find: Find) -> Result<Looked> {
    let queue = held.queues();
    let before = queue.parked_depth().await?;
    held.take_all(work.interrupt, work.progress).await?;
    let after = queue.parked_depth().await?;
    let entries = held.entries();
    let mut looked = Looked {
        looked_through: entries.len() as u64,
        // Held by others before; or there, and not among those that are held now.
        not_seen: before
            .hidden
            .max((after.visible + after.hidden).saturating_sub(entries.len() as u64)),
        ..Looked::default()
    };
    if looked.not_seen > 0 {
        looked.again_after_seconds = before.visibility_seconds.max(HOLD.as_secs());
    }
    let (mut own, mut notices) = (Vec::new(), Vec::new());
    let mut known = HashMap::new();
    for entry in entries {
        let body = held.get(&entry.message_id).map(|message| message.body.as_str());
        match verdict(work, body.unwrap_or_default(), find, &mut known).await? {
            Verdict::Stays(whose) => looked.count(whose),
            Verdict::Delete(Find::Notice) => notices.push(entry),
            Verdict::Delete(_) => own.push(entry),
        }
    }
    (looked.own, looked.notices) = (own.len() as u64, notices.len() as u64);
    if work.dry_run {
        return Ok(looked);
    }
    let selected: Vec<_> = own.iter().chain(&notices).cloned().collect();
    held.release_others(&selected, work.progress).await;
    for (find, entries) in [(find, &own), (Find::Notice, &notices)] {
        let names = |entry: &Entry| entry.message_id.clone();
        work.note(find, &entries.iter().map(names).collect::<Vec<_>>())
            .await?;
    }
    for entry in &selected {
        work.interrupt.check()?;
        held.extend().await?;
        let message = held
            .get(&entry.message_id)
            .context("a message is no longer hidden by this command; run it again")?;
        held.queues().delete(&message.receipt).await?;
        held.forget(&entry.message_id);
    }
    Ok(looked)
}

async fn verdict(
    work: &Work<'_>,
    body: &str,
    find: Find,
    known: &mut HashMap<String, bool>,
) -> Result<Verdict> {
    let sorting = work.sorting();
    let whose = match Parked::read(body) {
        Ok(Parked::Record(message)) => sorting.whose(&RawRecord::read(message.record), message.source.mapped),
        Ok(Parked::Failures(objects)) if are_gone(work.bucket, &objects, known).await? => {
            return Ok(Verdict::Delete(Find::Notice));
        }
        Ok(Parked::Failures(_) | Parked::Announcement) => Whose::Others,
        Err(_) => sorting.text(body),
    };
    Ok(match whose {
        Whose::Person => Verdict::Delete(find),
        other => Verdict::Stays(other),
    })
}

/// Whether none of the objects is in the bucket any more. A redrive of such a notice would fail for ever.
async fn are_gone(
    bucket: &Bucket<'_>,
    objects: &[FailureObject],
    known: &mut HashMap<String, bool>,
) -> Result<bool> {
    for object in objects {
        // The key is encoded like the name in a query.
        let key = form_urlencoded::parse(object.encoded_key.as_bytes())
            .next()
            .map(|(key, _)| key.into_owned());
        let (Some(key), true) = (key, object.bucket == bucket.name) else {
            return Ok(false);
        };
        let is_there = match known.get(&key) {
            Some(is_there) => *is_there,
            None => bucket.has(&key).await?,
        };
        known.insert(key, is_there);
        if is_there {
            return Ok(false);
        }
    }
    Ok(!objects.is_empty())
}

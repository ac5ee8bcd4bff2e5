//! Claims an event for one handler.

use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tokio::time::Instant;
use user_events_core::random_nonce;

use super::content::content;
use super::handle::Inbox;
use super::lease::Lease;
use super::store::{Row, Rule, Store, StoreError, Write, Written};
use crate::clock::time;
use crate::received::ReceivedEvent;

/// The result of a claim.
#[derive(Debug)]
pub enum Claim<S> {
    /// This handler may handle the event: it is not handled yet, and no other lease of it is running.
    Fresh(Lease<S>),
    /// The event was handled before: a duplicate. Delete the message.
    Completed,
    /// Another handler holds a lease of the event, or crashed with it. Leave the message to the queue, hidden until then.
    InProgress {
        /// When the lease ends.
        until: SystemTime,
    },
    /// An event with this id and another content was claimed or handled before, so one of the two is forged. Set the
    /// message aside.
    OtherContent,
}

/// Why an event could not be recorded or claimed.
pub(super) enum Refusal {
    Completed,
    InProgress { until: SystemTime },
    OtherContent,
}

impl<S: Store> Inbox<S> {
    /// Claims the event for this handler.
    ///
    /// Fails when the store does not answer. The claim may still have been written: then the event is
    /// [`InProgress`](Claim::InProgress) until the lease ends.
    pub async fn claim(&self, event: &ReceivedEvent) -> Result<Claim<S>, StoreError> {
        let (now, asked) = (self.now(), Instant::now());
        let owner = new_owner()?;
        let lease_until = self.lease_until(now);
        let rule = Rule::Claim {
            owner: owner.clone(),
            lease_until,
            now,
            content: content(event),
        };
        let write = self.write(self.key_of(event), rule, now);
        let fresh = match self.store.write(&write).await? {
            Written::Done => None,
            // The store's client repeated a write, because the first answer was lost.
            Written::Refused(Some(Row::Claimed { owner: holder, .. })) if holder == owner => None,
            Written::Refused(row) => Some(refusal(Some(&write), row, now)),
        };
        Ok(match fresh {
            None => Claim::Fresh(Lease::new(self.clone(), write.key, owner, lease_until, asked)),
            Some(Refusal::Completed) => Claim::Completed,
            Some(Refusal::InProgress { until }) => Claim::InProgress { until },
            Some(Refusal::OtherContent) => Claim::OtherContent,
        })
    }
}

/// What the existing row says about the event that this write could not record or claim.
pub(super) fn refusal(write: Option<&Write>, row: Option<Row>, now: u64) -> Refusal {
    let wanted = write.and_then(|write| match &write.rule {
        Rule::Claim { content, .. } | Rule::Record { content, .. } => Some(content),
        _ => None,
    });
    let is_other = |content: &String| wanted.is_some_and(|wanted| wanted != content);
    match row {
        Some(Row::Claimed { content, .. } | Row::Completed { content, .. }) if is_other(&content) => {
            Refusal::OtherContent
        }
        Some(Row::Claimed { lease_until, .. }) => Refusal::InProgress {
            until: time(lease_until),
        },
        Some(Row::Completed { .. }) => Refusal::Completed,
        // The row existed a moment ago, but its handler has released it since.
        Some(Row::Sequence(_) | Row::Snapshot(_)) | None => Refusal::InProgress { until: time(now) },
    }
}

/// A name that no other claim has: 96 random bits.
fn new_owner() -> Result<String, StoreError> {
    let bits = random_nonce().map_err(|_| StoreError::Unavailable { code: None })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits))
}

//! Holds the messages of the parked queue while a command works on them: receives each once, hides it from other readers,
//! and makes it visible again at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::entry::Entry;
use super::queues::{HOLD, Message, Queues};
use super::table::SHORTEST_ID;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

/// After so many answers in a row without a new message, the queue counts as read. One answer is not enough: a standard
/// queue may leave messages out (Amazon SQS Developer Guide, *Short and long polling*).
const QUIET_ANSWERS: u32 = 3;
/// Messages are hidden again when this part of their visibility timeout has passed.
const EXTEND_AFTER: Duration = Duration::from_secs(HOLD.as_secs() / 3);

/// Nobody waits longer for a sign of life.
const REPORT_EVERY: Duration = Duration::from_secs(2);

/// Messages that are hidden from other readers.
#[derive(Debug)]
pub(crate) struct Held<'a, Q> {
    queues: &'a Q,
    messages: BTreeMap<String, Message>,
    extended: Instant,
}

impl<'a, Q: Queues> Held<'a, Q> {
    /// Holds no message yet.
    pub(crate) fn nothing(queues: &'a Q) -> Self {
        Self {
            queues,
            messages: BTreeMap::new(),
            extended: Instant::now(),
        }
    }

    /// The queues.
    pub(crate) fn queues(&self) -> &'a Q {
        self.queues
    }

    /// Receives every visible message.
    ///
    /// Fails when the queue cannot be read, and when the command is interrupted.
    pub(crate) async fn take_all(&mut self, interrupt: &Interrupt, progress: &Console) -> Result<()> {
        self.take(&[], interrupt, progress).await
    }

    /// Receives messages until there is one for each of these prefixes of IDs. Receives every visible message if there are no
    /// prefixes, or if one is so short that several messages may have it.
    ///
    /// Fails when the queue cannot be read, and when the command is interrupted.
    pub(crate) async fn take(
        &mut self,
        wanted: &[String],
        interrupt: &Interrupt,
        progress: &Console,
    ) -> Result<()> {
        progress.step(format_args!("reading the {}", self.queues.name()));
        let start = tokio::time::Instant::now() + REPORT_EVERY;
        let mut reports = interval_at(start, REPORT_EVERY);
        reports.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut quiet = 0;
        while quiet < QUIET_ANSWERS && !self.has_all(wanted) {
            interrupt.check()?;
            self.extend().await?;
            let before = self.messages.len();
            for message in self.receive(&mut reports, progress).await? {
                // A message that is received again has a new receipt handle, and SQS accepts only the last one.
                self.messages.insert(message.entry.message_id.clone(), message);
            }
            quiet = if self.messages.len() > before {
                0
            } else {
                quiet + 1
            };
        }
        Ok(())
    }

    /// One answer of the queue. Reports from time to time while it is awaited.
    async fn receive(&self, reports: &mut Interval, progress: &Console) -> Result<Vec<Message>> {
        let mut answer = std::pin::pin!(self.queues.receive());
        loop {
            tokio::select! {
                biased;
                _ = reports.tick() => progress.step(format_args!(
                    "reading the {}: {} messages so far", self.queues.name(), self.messages.len()
                )),
                answer = &mut answer => return answer,
            }
        }
    }

    fn has_all(&self, wanted: &[String]) -> bool {
        let is_held = |prefix: &String| {
            let prefix = prefix.to_ascii_lowercase();
            prefix.len() >= SHORTEST_ID
                && self
                    .messages
                    .keys()
                    .any(|id| id.to_ascii_lowercase().starts_with(&prefix))
        };
        !wanted.is_empty() && wanted.iter().all(is_held)
    }

    /// The held messages with their bodies, oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let entries = self.entries().into_iter();
        entries
            .filter_map(|entry| self.messages.get(&entry.message_id).cloned())
            .collect()
    }

    /// The held messages, oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<_> = self
            .messages
            .values()
            .map(|message| message.entry.clone())
            .collect();
        entries.sort_by_cached_key(Entry::order);
        entries
    }

    /// The held message with that ID.
    pub(crate) fn get(&self, message_id: &str) -> Option<&Message> {
        self.messages.get(message_id)
    }

    /// Extends the visibility timeout of all held messages if it is time to.
    ///
    /// Fails when the queue cannot be reached.
    pub(crate) async fn extend(&mut self) -> Result<()> {
        if self.extended.elapsed() < EXTEND_AFTER {
            return Ok(());
        }
        self.extended = Instant::now();
        self.queues.hide(&receipts(&self.messages), HOLD).await
    }

    /// Stops holding a message, because it was deleted.
    pub(crate) fn forget(&mut self, message_id: &str) {
        self.messages.remove(message_id);
    }

    /// Makes all messages visible again, except these.
    pub(crate) async fn release_others(&mut self, kept: &[Entry], progress: &Console) {
        let kept: BTreeMap<_, _> = kept
            .iter()
            .filter_map(|entry| self.messages.remove_entry(&entry.message_id))
            .collect();
        self.release(progress).await;
        self.messages = kept;
    }

    /// Makes all messages visible again.
    pub(crate) async fn release(&mut self, progress: &Console) {
        let receipts = receipts(&std::mem::take(&mut self.messages));
        if let Err(error) = self.queues.hide(&receipts, Duration::ZERO).await {
            progress.line(format_args!(
                "{} messages could not be made visible now; they will be within {} seconds: {error:#}",
                receipts.len(),
                HOLD.as_secs(),
            ));
        }
    }
}

fn receipts(messages: &BTreeMap<String, Message>) -> Vec<String> {
    messages.values().map(|message| message.receipt.clone()).collect()
}

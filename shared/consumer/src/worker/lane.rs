//! Handles one lane: the messages of a message group that were received together, or a single message without a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::builder::Worker;
use super::held::Held;
use super::tally::Tally;
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::failures::{self, handle};
use crate::queue::{DeadLetter, Queue};
use crate::received::ReceivedEvent;

/// How long an answer may travel: by the queue's clock, messages are invisible since it sent the answer.
const MARGIN: Duration = Duration::from_secs(1);

/// The parts of a worker's run that a lane needs.
#[derive(Clone)]
pub(super) struct Run {
    /// Takes the receipts of handled messages.
    pub(super) handled: mpsc::Sender<String>,
    /// Cancelled when the shutdown begins.
    pub(super) stopping: CancellationToken,
    /// Cancelled when the grace period is over.
    pub(super) abandoned: CancellationToken,
    pub(super) tally: Arc<Tally>,
}

/// How a lane ended.
enum End {
    /// Every message was handled.
    Done,
    /// A message failed; it may be received again after this time.
    Failed(Duration),
    /// The shutdown began before the next message.
    Stopped,
    /// Another receiver may have the messages by now.
    Lost,
    /// The grace period ended before the handler did.
    Abandoned,
}

impl<Q: Queue, H> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    /// Handles a lane when its turn comes, and returns the unhandled messages to the queue.
    pub(super) async fn lane(&self, held: Vec<Held>, received: Instant, turn: Arc<Mutex<()>>, run: Run) {
        let receipts: Vec<String> = held.iter().map(|message| message.receipt.clone()).collect();
        let ids: Vec<Option<String>> = held
            .iter()
            .map(|message| message.event.as_ref().ok().map(|event| event.id().to_owned()))
            .collect();
        // The messages before this place are handled, or returned on their own.
        let next = AtomicUsize::new(0);
        let end = tokio::select! {
            biased;
            end = async {
                let _turn = turn.lock().await;
                self.work(held, &next, &run).await
            } => end,
            () = self.keep_invisible(&receipts, &next, received) => End::Lost,
            () = run.abandoned.cancelled() => End::Abandoned,
        };
        let place = next.load(Ordering::Relaxed);
        let rest = receipts.get(place..).unwrap_or_default();
        let report_dropped = || {
            if let Some(id) = ids.get(place) {
                let event_id = id.clone().unwrap_or_default();
                self.report(Trouble::Dropped { event_id });
            }
        };
        match end {
            End::Done => {}
            End::Failed(retry_after) => self.give_back(rest, retry_after).await,
            End::Stopped => self.give_back(rest, Duration::ZERO).await,
            End::Abandoned => {
                report_dropped();
                self.give_back(rest, Duration::ZERO).await;
            }
            End::Lost => report_dropped(),
        }
    }

    async fn work(&self, held: Vec<Held>, next: &AtomicUsize, run: &Run) -> End {
        for message in held {
            if run.stopping.is_cancelled() {
                return End::Stopped;
            }
            let retry_after = self.settings.retry_after(message.receive_count);
            let Some(failure) = handle(&self.handler, message.event).await.err() else {
                run.tally.count(|tally| &tally.handled);
                next.fetch_add(1, Ordering::Relaxed);
                self.delete(message.receipt, run).await;
                continue;
            };
            let letter = || DeadLetter::from_sdk(message.message, failure.reason());
            match self.failures.end(&message.names, &failure, letter, None).await {
                failures::End::SetAside => {
                    run.tally.count(|tally| &tally.set_aside);
                    self.report(Trouble::set_aside(message.names, &failure));
                    next.fetch_add(1, Ordering::Relaxed);
                    self.delete(message.receipt, run).await;
                }
                failures::End::NotAccepted(code) => {
                    // The others go on; the queue counts its deliveries.
                    run.tally.count(|tally| &tally.failed);
                    self.report(Trouble::not_accepted(message.names, &failure, code));
                    self.give_back(&[message.receipt], retry_after).await;
                    next.fetch_add(1, Ordering::Relaxed);
                }
                failures::End::Retry { until } => {
                    let retry_after =
                        until.map_or(retry_after, |until| self.settings.clock.time_until(until));
                    run.tally.count(|tally| &tally.failed);
                    self.report(Trouble::not_handled(message.names, &failure, retry_after));
                    return End::Failed(retry_after);
                }
            }
        }
        End::Done
    }

    async fn delete(&self, receipt: String, run: &Run) {
        if run.handled.send(receipt).await.is_err() {
            self.report(Trouble::NotDeleted { code: None });
        }
    }

    /// Keeps the remaining messages invisible to others. Returns when that has failed for so long that they are
    /// visible.
    async fn keep_invisible(&self, receipts: &[String], next: &AtomicUsize, received: Instant) {
        let visibility = self.settings.visibility;
        let beat = visibility / 3;
        let mut invisible_until = received + visibility - MARGIN;
        loop {
            tokio::time::sleep_until((Instant::now() + beat).min(invisible_until)).await;
            let asked = Instant::now();
            if asked >= invisible_until {
                return;
            }
            let rest = receipts.get(next.load(Ordering::Relaxed)..).unwrap_or_default();
            let changed = tokio::time::timeout(beat, self.queue.change_visibility(rest, visibility)).await;
            if let Ok(Ok(failed)) = changed
                && failed.is_empty()
            {
                invisible_until = asked + visibility - MARGIN;
            }
        }
    }

    /// Returns messages to the queue, the first one last: a FIFO group delivers nothing while one of its messages is
    /// invisible.
    pub(super) async fn give_back(&self, receipts: &[String], retry_after: Duration) {
        let Some((first, later)) = receipts.split_first() else {
            return;
        };
        for (receipts, visibility) in [
            (later, Duration::ZERO),
            (std::slice::from_ref(first), retry_after),
        ] {
            if receipts.is_empty() {
                continue;
            }
            let failed = match self.queue.change_visibility(receipts, visibility).await {
                Ok(failed) => failed.len(),
                Err(_) => receipts.len(),
            };
            for _ in 0..failed {
                self.report(Trouble::NotGivenBack);
            }
        }
    }
}

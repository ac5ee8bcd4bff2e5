//! The loop of a worker: receive, handle, delete, until it is shut down.
//!
//! Every `select!` of a worker is biased: its branches have a fixed order, so that a simulation can repeat a run. No branch
//! starves another: the loop looks for the shutdown first, then for handlers that have ended, then for new messages.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Fuse, FusedFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::builder::Worker;
use super::deletions::delete_all;
use super::held::{Held, fifo_group};
use super::lane::Run;
use super::receiving::Received;
use super::tally::{Tally, Worked};
use super::trouble::Trouble;
use super::turns::Turns;
use crate::failure::Failure;
use crate::groups::lanes;
use crate::queue::{Queue, QueueError};
use crate::received::ReceivedEvent;

/// How many handled messages may wait for their deletion before handlers wait, too.
const WAITING_DELETIONS: usize = 100;

impl<Q: Queue, H> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    /// Runs until `shutdown` completes, then ends after at most the grace period of the settings and the calls that
    /// return messages to the queue. Dropping the future is like a crash: held messages become visible again by
    /// themselves.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Worked {
        let (handled, deletions) = mpsc::channel(WAITING_DELETIONS);
        let tally = Arc::new(Tally::default());
        let run = Run {
            handled,
            stopping: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            tally: Arc::clone(&tally),
        };
        let report = |trouble: Trouble| self.report(trouble);
        tokio::join!(
            self.serve(run, shutdown),
            delete_all(&self.queue, deletions, &report),
        );
        tally.worked()
    }

    async fn serve(&self, run: Run, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut receiving = std::pin::pin!(Fuse::terminated());
        let mut working = FuturesUnordered::new();
        let mut turns = Turns::default();
        let mut backoff = Backoff::new(self.settings.jitter_seed);
        let mut pause = Duration::ZERO;
        loop {
            let room = self.settings.concurrency.saturating_sub(working.len());
            if room > 0 && receiving.is_terminated() {
                receiving.set(self.receive(room, pause, run.stopping.clone()).fuse());
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(()) = working.next() => {}
                received = &mut receiving => {
                    pause = self.pause_after(&received, &mut backoff);
                    turns.clean();
                    let Ok(received) = received else { continue };
                    for lane in lanes(received.messages, fifo_group) {
                        let turn = turns.of_lane(&lane);
                        let held = lane.into_iter().filter_map(Held::from_message).collect();
                        working.push(self.lane(held, received.at, turn, run.clone()));
                    }
                }
            }
        }
        self.wind_down(&run, receiving, &mut working).await;
    }

    /// Waits for the running handlers, at most for the grace period, and returns everything else to the queue.
    async fn wind_down(
        &self,
        run: &Run,
        mut receiving: Pin<&mut Fuse<impl Future<Output = Result<Received, QueueError>>>>,
        working: &mut FuturesUnordered<impl Future<Output = ()>>,
    ) {
        run.stopping.cancel();
        let mut grace = std::pin::pin!(tokio::time::sleep(self.settings.grace).fuse());
        while !working.is_empty() || !receiving.is_terminated() {
            tokio::select! {
                biased;
                // The messages of a call under way would stay invisible: wait for its answer and return them.
                received = &mut receiving => {
                    let messages = received.map(|received| received.messages).unwrap_or_default();
                    for lane in lanes(messages, fifo_group) {
                        let receipts: Vec<_> = lane.into_iter().filter_map(|message| message.receipt_handle).collect();
                        self.give_back(&receipts, Duration::ZERO).await;
                    }
                }
                Some(()) = working.next() => {}
                () = &mut grace => {
                    run.abandoned.cancel();
                    receiving.set(Fuse::terminated());
                }
            }
        }
    }
}

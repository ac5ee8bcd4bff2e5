//! One lane: the messages of a group that came together, or a single message.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::Instant;

use super::queue::Queue;
use super::trouble::Trouble;
use super::{Phase, Tally, Worker};
use crate::received::{ReceiveError, ReceivedEvent};

/// What an answer may take on its way: by the queue's clock, messages are invisible since it was sent.
const MARGIN: Duration = Duration::from_secs(1);

/// A message that this worker holds.
pub(super) struct Held {
    pub(super) receipt: String,
    pub(super) message_id: Option<String>,
    pub(super) receive_count: u32,
    pub(super) event: Result<ReceivedEvent, ReceiveError>,
}

/// What a lane needs of its worker's run.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) handled: mpsc::Sender<String>,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) tally: Arc<Tally>,
}

/// How a lane ended.
enum End {
    Done,
    /// At this place the handler failed.
    Failed(Duration),
    Stopped,
    /// The messages may be another receiver's by now.
    Lost,
    Abandoned,
}

impl<Q: Queue, H, E> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), E>,
    E: Display,
{
    /// Handles a lane in its turn, and gives back what was not handled.
    pub(super) async fn lane(&self, held: Vec<Held>, received: Instant, turn: Arc<Mutex<()>>, run: Run) {
        let receipts: Vec<String> = held.iter().map(|message| message.receipt.clone()).collect();
        let ids: Vec<Option<String>> = held
            .iter()
            .map(|message| message.event.as_ref().ok().map(|event| event.id().to_owned()))
            .collect();
        // The messages before this place are settled.
        let next = AtomicUsize::new(0);
        let mut phase = run.phase.clone();
        let end = tokio::select! {
            end = async {
                let _turn = turn.lock().await;
                self.work(held, &next, &run).await
            } => end,
            () = self.keep_invisible(&receipts, &next, received) => End::Lost,
            _ = phase.wait_for(|phase| *phase == Phase::Abandon) => End::Abandoned,
        };
        let place = next.load(Ordering::Relaxed);
        let rest = receipts.get(place..).unwrap_or_default();
        let dropped = |id: &Option<String>| Trouble::Dropped {
            event_id: id.clone().unwrap_or_default(),
        };
        match end {
            End::Done => {}
            End::Failed(retry_after) => self.give_back(rest, retry_after).await,
            End::Stopped => self.give_back(rest, Duration::ZERO).await,
            End::Abandoned => {
                ids.get(place)
                    .map(dropped)
                    .into_iter()
                    .for_each(|trouble| self.tell(trouble));
                self.give_back(rest, Duration::ZERO).await;
            }
            End::Lost => ids
                .get(place)
                .map(dropped)
                .into_iter()
                .for_each(|trouble| self.tell(trouble)),
        }
    }

    async fn work(&self, held: Vec<Held>, next: &AtomicUsize, run: &Run) -> End {
        for message in held {
            if *run.phase.borrow() != Phase::Running {
                return End::Stopped;
            }
            let retry_after = self.settings.retry_after(message.receive_count);
            let event = match message.event {
                Ok(event) => event,
                Err(error) => {
                    // It has no place in an order, so the others go on. The queue counts how often it came.
                    let message_id = message.message_id;
                    run.tally.count(|tally| &tally.not_events);
                    self.tell(Trouble::NotAnEvent { message_id, error });
                    self.give_back(&[message.receipt], retry_after).await;
                    next.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
            };
            let (event_id, event_type) = (event.id().to_owned(), event.event_type().to_owned());
            if let Err(error) = (self.handler)(event).await {
                run.tally.count(|tally| &tally.failed);
                self.tell(Trouble::NotHandled {
                    event_id,
                    event_type,
                    error: error.to_string(),
                    retry_after,
                });
                return End::Failed(retry_after);
            }
            run.tally.count(|tally| &tally.handled);
            next.fetch_add(1, Ordering::Relaxed);
            if run.handled.send(message.receipt).await.is_err() {
                self.tell(Trouble::NotDeleted { code: None });
            }
        }
        End::Done
    }

    /// Keeps what is not settled invisible to others. Comes back when that has failed for so long that it is visible.
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

    /// Gives messages back: the later ones first, because a FIFO group gives nothing out while one of its messages is
    /// invisible, and the first one last of all.
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
                self.tell(Trouble::NotGivenBack);
            }
        }
    }
}

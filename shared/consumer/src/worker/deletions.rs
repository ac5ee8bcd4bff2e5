//! Deletes handled messages, in batches.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, timeout_at};

use super::trouble::Trouble;
use crate::queue::Queue;

/// The most entries of one call (Amazon SQS API Reference, *DeleteMessageBatch*).
const MOST: usize = 10;
/// How long the first message of a batch waits for others: much less than a visibility timeout.
const LINGER: Duration = Duration::from_millis(50);
/// The most calls at the same time.
const CALLS: usize = 4;
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// Deletes the messages of these receipts until the channel is closed.
pub(super) async fn delete_all<Q: Queue>(
    queue: &Q,
    handled: mpsc::Receiver<String>,
    report: &(impl Fn(Trouble) + ?Sized),
) {
    let handled = Mutex::new(handled);
    join_all((0..CALLS).map(|_| async {
        loop {
            let batch = gather(&mut *handled.lock().await).await;
            if batch.is_empty() {
                return;
            }
            delete(queue, batch, report).await;
        }
    }))
    .await;
}

/// The next batch; empty when the channel is closed.
async fn gather(handled: &mut mpsc::Receiver<String>) -> Vec<String> {
    let mut batch = Vec::new();
    let Some(first) = handled.recv().await else {
        return batch;
    };
    batch.push(first);
    let until = Instant::now() + LINGER;
    while batch.len() < MOST
        && let Ok(Some(next)) = timeout_at(until, handled.recv()).await
    {
        batch.push(next);
    }
    batch
}

async fn delete<Q: Queue>(queue: &Q, mut batch: Vec<String>, report: &(impl Fn(Trouble) + ?Sized)) {
    let mut code = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match queue.delete(&batch).await {
            Ok(failed) => {
                code = None;
                batch = failed
                    .into_iter()
                    .filter_map(|place| batch.get(place).cloned())
                    .collect();
            }
            Err(error) => code = error.code,
        }
        if batch.is_empty() {
            return;
        }
    }
    for _ in batch {
        report(Trouble::NotDeleted { code: code.clone() });
    }
}

//! A consumer that polls its queues.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Consumer, Incoming};
use crate::failure::Failure;
use crate::inbox::Transact;
use crate::opener::UnwrapKey;
use crate::queue::Queue;
use crate::received::ReceivedEvent;
use crate::worker::{Worked, Worker, WorkerSettings, WorkerSettingsError};

/// How often a worker looks whether another process has completed the snapshot.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
    /// Polls a queue until `shutdown` completes, like [`Worker::run`].
    ///
    /// Fails when a setting is out of its bounds.
    pub async fn poll<Q: Queue, H>(
        &self,
        queue: Q,
        settings: WorkerSettings,
        effects: &H,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Worked, WorkerSettingsError>
    where
        H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
    {
        let handler = async |event: ReceivedEvent| self.handle(event, effects).await;
        let worker = Worker::new(queue, handler, settings)?.failures(self.failures());
        Ok(worker.run(shutdown).await)
    }

    /// Polls two queues until `shutdown` completes, for a consumer that joins late: the snapshot queue until the snapshot is
    /// complete, then the live queue, which collects all changes meanwhile.
    ///
    /// If the snapshot was completed before, only the live queue is polled. While another process of this consumer may
    /// complete it, this one looks every 5 seconds. The messages of the snapshot queue that it holds then are handled to
    /// the end, or returned to that queue; they are duplicates by then.
    ///
    /// To take a second snapshot in place, stop all processes, delete the row `SNAPSHOT` of the consumer, and start them
    /// again.
    ///
    /// Fails when a setting is out of its bounds.
    ///
    /// ```no_run
    /// use user_events_consumer::{
    ///     Consumer, DynamoStore, Failure, Incoming, KmsKeys, SqsQueue, WorkerSettings, WorkerSettingsError,
    /// };
    ///
    /// async fn run(consumer: Consumer<DynamoStore>, sqs: aws_sdk_sqs::Client) -> Result<(), WorkerSettingsError> {
    ///     let queue = |url: &str| SqsQueue::new(sqs.clone(), url);
    ///     let snapshot = queue("https://sqs.eu-west-1.amazonaws.com/123456789012/users-snapshot.fifo");
    ///     let live = queue("https://sqs.eu-west-1.amazonaws.com/123456789012/users.fifo");
    ///     let effects = async |_: &Incoming<'_, KmsKeys>| Ok::<_, Failure>(Vec::new());
    ///     let settings = WorkerSettings::default();
    ///     consumer.poll_from_snapshot(snapshot, live, settings, &effects, std::future::pending()).await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn poll_from_snapshot<Q: Queue, H>(
        &self,
        snapshot: Q,
        live: Q,
        settings: WorkerSettings,
        effects: &H,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Worked, WorkerSettingsError>
    where
        H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
    {
        let handler = async |event: ReceivedEvent| self.handle(event, effects).await;
        let snapshot = Worker::new(snapshot, handler, settings.clone())?.failures(self.failures());
        let live = Worker::new(live, handler, settings)?.failures(self.failures());
        let (stop, complete) = (CancellationToken::new(), CancellationToken::new());
        let stopped = async {
            shutdown.await;
            stop.cancel();
        };
        let first = async {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Worked::default(),
                is_completed = self.is_snapshot_completed() => if is_completed {
                    complete.cancel();
                    return Worked::default();
                }
            }
            let ended = async {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {}
                    () = self.until_snapshot_is_completed() => complete.cancel(),
                }
            };
            snapshot.run(ended).await
        };
        // It does not wait for the messages of the snapshot queue: they are duplicates by now.
        let second = async {
            tokio::select! {
                biased;
                () = stop.cancelled() => Worked::default(),
                () = complete.cancelled() => live.run(stop.cancelled()).await,
            }
        };
        let (_, first, second) = tokio::join!(stopped, first, second);
        Ok(first + second)
    }

    async fn until_snapshot_is_completed(&self) {
        loop {
            tokio::select! {
                biased;
                () = self.completed.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            if self.is_snapshot_completed().await {
                return;
            }
        }
    }

    /// Whether the snapshot is complete; `false` also if the store does not answer.
    async fn is_snapshot_completed(&self) -> bool {
        match self.inbox.snapshot_completed().await {
            Ok(snapshot) => snapshot.is_some(),
            Err(error) => {
                tracing::warn!(%error, "the row of the snapshot could not be read; it is read again soon");
                false
            }
        }
    }
}

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
    /// To take a second snapshot in place, stop all processes, let `user-events inbox snapshot --again` forget the first one, and
    /// start them again.
    ///
    /// Fails when a setting is out of its bounds.
    ///
    /// # A handler for both queues
    ///
    /// It keeps a list of users. A snapshot event is stored whole. A live event may be older than that, and may be about a
    /// row that no snapshot event had: so no write has a condition.
    ///
    #[cfg_attr(feature = "inbox", doc = "```no_run")]
    #[cfg_attr(not(feature = "inbox"), doc = "```ignore")]
    /// use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
    /// use user_events_catalog::account::{
    ///     AccountStatus, UserAccountSnapshotEventV1, UserAccountStatusChangedEventV1, UserDeletedEventV1,
    ///     UserRegisteredEventV1, UserRestoredEventV1,
    /// };
    /// use user_events_consumer::{
    ///     Consumer, DynamoStore, Event, Failure, Incoming, KmsKeys, SqsQueue, WorkerSettings, WorkerSettingsError,
    /// };
    ///
    /// async fn effects(incoming: &Incoming<'_, KmsKeys>) -> Result<Vec<TransactWriteItem>, Failure> {
    ///     let event = incoming.event();
    ///     let (user, status) = match event.event_type() {
    ///         UserAccountSnapshotEventV1::TYPE => {
    ///             let found: UserAccountSnapshotEventV1 = event.read()?;
    ///             (found.user_id, found.status)
    ///         }
    ///         // A new user has the same row. Only this event is a reason for a mail.
    ///         UserRegisteredEventV1::TYPE => {
    ///             let registered: UserRegisteredEventV1 = event.read()?;
    ///             (registered.user_id, registered.status)
    ///         }
    ///         UserRestoredEventV1::TYPE => {
    ///             let restored: UserRestoredEventV1 = event.read()?;
    ///             (restored.user_id, restored.status)
    ///         }
    ///         UserAccountStatusChangedEventV1::TYPE => {
    ///             let changed: UserAccountStatusChangedEventV1 = event.read()?;
    ///             (changed.user_id, changed.status)
    ///         }
    ///         UserDeletedEventV1::TYPE => {
    ///             let deleted: UserDeletedEventV1 = event.read()?;
    ///             let delete = Delete::builder().table_name("users").key("pk", AttributeValue::S(deleted.user_id));
    ///             let delete = delete.build().map_err(Failure::retry)?;
    ///             return Ok(vec![TransactWriteItem::builder().delete(delete).build()]);
    ///         }
    ///         // The marker, and all types that this subscriber does not know.
    ///         _ => return Ok(Vec::new()),
    ///     };
    ///     let put = Put::builder()
    ///         .table_name("users")
    ///         .item("pk", AttributeValue::S(user))
    ///         .item("isActive", AttributeValue::Bool(status == AccountStatus::Active));
    ///     let put = put.build().map_err(Failure::retry)?;
    ///     Ok(vec![TransactWriteItem::builder().put(put).build()])
    /// }
    ///
    /// async fn run(consumer: Consumer<DynamoStore>, sqs: aws_sdk_sqs::Client) -> Result<(), WorkerSettingsError> {
    ///     let queue = |url: &str| SqsQueue::new(sqs.clone(), url);
    ///     let snapshot = queue("https://sqs.eu-west-1.amazonaws.com/123456789012/users-snapshot.fifo");
    ///     let live = queue("https://sqs.eu-west-1.amazonaws.com/123456789012/users.fifo");
    ///     let (settings, shutdown) = (WorkerSettings::default(), std::future::pending());
    ///     consumer.poll_from_snapshot(snapshot, live, settings, &effects, shutdown).await?;
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

//! A consumer behind Lambda's SQS trigger.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};

use super::{Consumer, Incoming};
use crate::failure::Failure;
use crate::inbox::Transact;
use crate::lambda::{Batches, Deadline};
use crate::opener::UnwrapKey;
use crate::queue::Hide;
use crate::received::ReceivedEvent;

impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
    /// Hides a message in this queue, the one of the trigger, while another handler has its event. Without it, the
    /// message is hidden until the queue's visibility timeout ends.
    #[must_use]
    pub fn queue(mut self, queue: impl Hide + 'static) -> Self {
        self.sources.live = Some(Arc::new(queue));
        self
    }

    /// Hides a message in this queue instead, if it came from there by its `eventSourceARN`: the snapshot queue of a
    /// function that joins late. The trigger of the live queue is disabled until the snapshot is complete.
    #[must_use]
    pub fn snapshot_queue(mut self, queue: impl Hide + 'static) -> Self {
        self.sources.snapshot = Some(Arc::new(queue));
        self
    }

    /// Handles a batch of Lambda's SQS trigger, like [`Batches::answer`].
    pub async fn answer<H>(&self, event: SqsEvent, deadline: Deadline, effects: &H) -> SqsBatchResponse
    where
        H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
    {
        let handler = async |event: ReceivedEvent| self.handle(event, effects).await;
        Batches::new(handler)
            .failures(self.failures(), self.sources.clone(), self.inbox.clock())
            .answer(event, deadline)
            .await
    }
}

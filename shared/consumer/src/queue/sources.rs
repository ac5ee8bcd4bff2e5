//! The queues that the messages of Lambda's trigger come from.

use std::sync::Arc;

use super::Hide;

/// The queues in which messages can be hidden.
#[derive(Clone, Default)]
pub(crate) struct Sources {
    /// The queue of every message that is in no other one.
    pub(crate) live: Option<Arc<dyn Hide>>,
    /// The queue of snapshots.
    pub(crate) snapshot: Option<Arc<dyn Hide>>,
}

impl Sources {
    /// The queue of the messages with this `eventSourceARN`.
    pub(crate) fn of(&self, source_arn: Option<&str>) -> Option<&dyn Hide> {
        let name = source_arn.and_then(|arn| arn.rsplit(':').next());
        let snapshot = self
            .snapshot
            .as_deref()
            .filter(|queue| name == Some(queue.name()));
        snapshot.or(self.live.as_deref())
    }
}

//! `SnapshotCompletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SAMPLE_RUN, SampleChange, Subject, Time};

use super::rows::SnapshotRow;
use crate::public;

/// A backfill has sent its last snapshot event: the marker between the snapshot and the live queue.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SnapshotCompletedEventV1 {
    /// The id of the run, which every event of the snapshot has as `snapshotrun`.
    #[schemars(extend("x-identifier" = true, "x-public" = public::RUN))]
    pub run: String,
    /// When the run began. The live queue was subscribed before.
    #[schemars(extend("x-public" = public::TIME))]
    pub started_at: Time,
    /// When the last snapshot event was sent.
    #[schemars(extend("x-public" = public::TIME))]
    pub completed_at: Time,
    /// How many snapshot events the run sent, without this one. Each `id` counts once.
    #[schemars(extend("x-public" = public::RUN))]
    pub events: u32,
    /// The categories that were read.
    #[schemars(extend("x-public" = public::RUN))]
    pub categories: Vec<String>,
    /// The user whom the run was for; absent if it was for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: Option<String>,
}

impl Event for SnapshotCompletedEventV1 {
    const TYPE: &'static str = "SnapshotCompletedEventV1";
    type Row = SnapshotRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` has read all rows, and the snapshot queue has accepted every event.",
        not_published: "The run was interrupted, or a table could not be read. Rows that do not fit are left out of the run and \
             do not stop it.",
        consumers: "Switch from the snapshot queue to the live queue, once as many events of the run are handled as `events` \
             says. The consumer libraries do this.",
    };

    fn derive(change: &RowChange<'_, SnapshotRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            run: row.run.clone(),
            started_at: row.started_at,
            completed_at: row.completed_at,
            events: row.events,
            categories: row.categories.clone(),
            user_id: row.user_id.clone(),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::Snapshot(&self.run)
    }

    fn time(&self) -> Time {
        self.completed_at
    }

    fn sample_change() -> SampleChange {
        let row = json!({
            "pk": format!("SNAPSHOT#{SAMPLE_RUN}"), "sk": "COMPLETED", "startedAt": "2026-03-02T09:00:00Z",
            "completedAt": "2026-03-02T09:00:30Z", "events": 10, "categories": "account,profile,authentication,access",
            "userId": "user-1",
        });
        SampleChange::read("snapshots", row).recorded_at("2026-03-02T09:00:30Z")
    }
}

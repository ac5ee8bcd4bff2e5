//! `UserDeletedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{AccountRow, AccountStatus, DeletionMode};
use crate::example::example_time;

/// The user is gone. A soft deletion and the later purge of its row are one event, the first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDeletedEventV1 {
    /// The user.
    pub user_id: String,
    /// How the user went.
    pub mode: DeletionMode,
    /// When the user was deleted.
    pub deleted_at: Time,
}

impl Event for UserDeletedEventV1 {
    const TYPE: &'static str = "UserDeletedEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let mode = match change.modified() {
            Some(_) if change.differs("status") && change.row.status == AccountStatus::Deleted => {
                DeletionMode::Soft
            }
            None if change.removed_by_ttl() => DeletionMode::Expired,
            None if change.removed() => DeletionMode::Hard,
            _ => return None,
        };
        Some(Self {
            user_id: change.row.user_id.clone(),
            mode,
            deleted_at: change.time_moved(change.row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            mode: DeletionMode::Soft,
            deleted_at: example_time("2026-03-01T12:35:00.000Z"),
        }
    }
}

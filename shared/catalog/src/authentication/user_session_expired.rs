//! `UserSessionExpiredEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::SessionRow;
use crate::example::example_time;

/// A live session reached the end of its time. DynamoDB may remove its row days later, so the time may be
/// late.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSessionExpiredEventV1 {
    /// The user.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// When DynamoDB removed the session.
    pub expired_at: Time,
}

impl Event for UserSessionExpiredEventV1 {
    const TYPE: &'static str = "UserSessionExpiredEventV1";
    type Row = SessionRow;

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        change.removed_by_ttl().then(|| Self {
            user_id: change.row.user_id.clone(),
            session_id: change.row.session_id.clone(),
            expired_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.expired_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            session_id: "session-1".into(),
            expired_at: example_time("2026-03-01T22:05:00.000Z"),
        }
    }
}

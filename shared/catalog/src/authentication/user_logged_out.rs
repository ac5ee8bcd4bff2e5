//! `UserLoggedOutEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{EndReason, SessionRow};
use crate::example::example_time;

/// The user ended the session: its end reason became `LOGOUT`, or the row of a live session was removed
/// by hand.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLoggedOutEventV1 {
    /// The user.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// When the session ended.
    pub logged_out_at: Time,
}

impl Event for UserLoggedOutEventV1 {
    const TYPE: &'static str = "UserLoggedOutEventV1";
    type Row = SessionRow;

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let logged_out = match change.modified() {
            Some(_) => change.differs("endReason") && change.row.end_reason == Some(EndReason::Logout),
            None => change.removed() && !change.removed_by_ttl(),
        };
        logged_out.then(|| Self {
            user_id: change.row.user_id.clone(),
            session_id: change.row.session_id.clone(),
            logged_out_at: change.time(change.row.ended_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.logged_out_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            session_id: "session-1".into(),
            logged_out_at: example_time("2026-03-01T14:30:00.000Z"),
        }
    }
}

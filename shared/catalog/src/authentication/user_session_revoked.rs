//! `UserSessionRevokedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::{EndReason, RevocationReason, SessionRow};
use crate::example::example_time;

/// The session was ended by somebody or something else than a log-out.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSessionRevokedEventV1 {
    /// The user.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// Why it was ended.
    pub reason: RevocationReason,
    /// When the session ended.
    pub revoked_at: Time,
    /// When the session would have ended by itself: until then its tokens must be refused.
    pub expires_at: Time,
}

impl Event for UserSessionRevokedEventV1 {
    const TYPE: &'static str = "UserSessionRevokedEventV1";
    type Row = SessionRow;

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        change.modified().filter(|_| change.differs("endReason"))?;
        let reason = change.row.end_reason.and_then(EndReason::revocation)?;
        Some(Self {
            user_id: change.row.user_id.clone(),
            session_id: change.row.session_id.clone(),
            reason,
            revoked_at: change.time(change.row.ended_at),
            expires_at: change.row.expires_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.revoked_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            session_id: "session-1".into(),
            reason: RevocationReason::RevokedByAdmin,
            revoked_at: example_time("2026-03-01T14:35:00.000Z"),
            expires_at: example_time("2026-03-01T22:00:00.000Z"),
        }
    }
}

//! `UserSessionExpiredEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::SessionRow;
use crate::public;

/// A live session expired. DynamoDB may remove its row days later, so the event's time may be late.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserSessionExpiredEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. It is not the session's token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// When DynamoDB removed the session row.
    #[schemars(extend("x-public" = public::TIME))]
    pub expired_at: Time,
}

impl Event for UserSessionExpiredEventV1 {
    const TYPE: &'static str = "UserSessionExpiredEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "A session row without `endReason` is removed by its time to live, or by a delete after its `ttl` or \
             `expiresAt`.",
        not_published: "`expiresAt` passes: no row is written at that time, and DynamoDB removes the row \
             later, sometimes days later. The row of a session that already ended is removed.",
        consumers: "Clean up your state of the session. Do not wait for the event before you refuse the \
             session: `expiresAt` of `UserLoggedInEventV1` says how long it is valid.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = change.removed().filter(|_| change.removed_by_ttl())?;
        Some(Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            expired_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.expired_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::expired("authentication", SessionRow::sample("user-1"))
            .recorded_at("2026-03-01T22:05:00Z")
    }
}

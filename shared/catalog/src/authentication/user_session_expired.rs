//! `UserSessionExpiredEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::SessionRow;
use crate::public;

/// A live session reached the end of its time. DynamoDB may remove its row days later, so the time may be
/// late.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserSessionExpiredEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's identifier, an opaque text. It is not the token that opens the session.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// When DynamoDB removed the session.
    #[schemars(extend("x-public" = public::TIME))]
    pub expired_at: Time,
}

impl Event for UserSessionExpiredEventV1 {
    const TYPE: &'static str = "UserSessionExpiredEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "The row of a session without `endReason` is removed by its time to live.",
        not_published: "The moment `expiresAt` passes: nothing is written then, and DynamoDB removes the row later, by \
             days sometimes. The row of a session that had ended is tidied away.",
        consumers: "Tidy up what you keep for the session. Do not wait for the event to refuse it: `expiresAt` of \
             `UserLoggedInEventV1` tells how long it is valid.",
    };

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

    fn sample_change() -> SampleChange {
        SampleChange::expired("authentication", SessionRow::sample("user-1"))
            .recorded_at("2026-03-01T22:05:00Z")
    }
}

//! `UserLoggedOutEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::SessionRow;
use super::values::EndReason;
use crate::public;

/// The user ended the session: its end reason became `LOGOUT`, or the row of a live session was deleted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLoggedOutEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. It is not the session's token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// When the session ended.
    #[schemars(extend("x-public" = public::TIME))]
    pub logged_out_at: Time,
}

impl Event for UserLoggedOutEventV1 {
    const TYPE: &'static str = "UserLoggedOutEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "A session row is modified and `endReason` becomes `LOGOUT`, and it had none before. Or a session \
             row without `endReason` is removed by a delete before its `ttl` and `expiresAt`, not by its time to live.",
        not_published: "The session ends for another reason: see `UserSessionRevokedEventV1`. The session \
             expires: see `UserSessionExpiredEventV1`. The row of a session that already ended is removed, or \
             gets another `endReason`.",
        consumers: "Drop your state of the session, and refuse its tokens from now on.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        if let Some(row) = change.removed() {
            return (!change.removed_by_ttl()).then(|| Self {
                user_id: row.user_id.clone(),
                session_id: row.session_id.clone(),
                logged_out_at: change.time(row.ended_at),
            });
        }
        let row = SessionRow::ended(change)?;
        let logged_out = row.end_reason == Some(Choice::Known(EndReason::Logout));
        logged_out.then(|| Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            logged_out_at: change.time(row.ended_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.logged_out_at
    }

    fn sample_change() -> SampleChange {
        let old = SessionRow::sample("user-1");
        let new = with(
            old.clone(),
            json!({ "endReason": "LOGOUT", "endedAt": "2026-03-01T14:30:00Z" }),
        );
        SampleChange::modified("authentication", old, new).recorded_at("2026-03-01T14:30:00Z")
    }
}

//! `UserSessionExtendedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, Modified, RowChange, SampleChange, Subject, Time, with};

use super::rows::SessionRow;
use crate::public;

/// The end of a live session was moved: later, as in a sliding session, or earlier.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserSessionExtendedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. It is not the session's token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// When the session expires from now on. It can be earlier than before.
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Time,
    /// When the session would have expired; absent if the row held no time there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::TIME))]
    pub previous_expires_at: Option<Time>,
    /// When the end of the session was moved.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserSessionExtendedEventV1 {
    const TYPE: &'static str = "UserSessionExtendedEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "A session row without `endReason`, before and after, is modified, and `expiresAt` is \
             another time: later or earlier.",
        not_published: "`expiresAt` is the same time in another format. Only `ttl` changes. The session \
             ends in the same write: see `UserLoggedOutEventV1` and `UserSessionRevokedEventV1`. The \
             session had ended.",
        consumers: "Replace the `expiresAt` that you keep of the session, even by an earlier one. If you end \
             sessions by the `expiresAt` of `UserLoggedInEventV1` alone, you cut off sliding sessions. A \
             User Service that extends a session at every request publishes as many events: filter by \
             `eventType` if you do not need them.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let Modified { old, row } = change.modified()?;
        if old.get("endReason").is_some() {
            return None;
        }
        let previous_expires_at = old.text("expiresAt").and_then(Time::parse);
        let moved = row.end_reason.is_none() && previous_expires_at != Some(row.expires_at);
        moved.then(|| Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            expires_at: row.expires_at,
            previous_expires_at,
            changed_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        let old = with(
            SessionRow::sample("user-1"),
            json!({ "expiresAt": "2026-03-01T22:00:00Z" }),
        );
        let new = with(old.clone(), json!({ "expiresAt": "2026-03-01T22:10:00Z" }));
        SampleChange::modified("authentication", old, new).recorded_at("2026-03-01T14:10:00Z")
    }
}

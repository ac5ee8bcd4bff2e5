//! `UserSessionRevokedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::SessionRow;
use super::values::{EndReason, RevocationReason};
use crate::public;

/// The session was ended by something other than a logout.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserSessionRevokedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. It is not the session's token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// Why the session was revoked.
    #[schemars(extend("x-public" = public::REASON))]
    pub reason: Choice<RevocationReason>,
    /// When the session ended.
    #[schemars(extend("x-public" = public::TIME))]
    pub revoked_at: Time,
    /// When the session would have expired. Refuse its tokens until then.
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Time,
}

impl Event for UserSessionRevokedEventV1 {
    const TYPE: &'static str = "UserSessionRevokedEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "A session row is modified and `endReason` becomes `REVOKED_BY_USER`, `REVOKED_BY_ADMIN`, \
             `CREDENTIAL_CHANGED` or a value that this version does not know, and it had none before.",
        not_published: "The user logs out: see `UserLoggedOutEventV1`. The row of a live session is \
             removed: that is a logout or an expiry. The row of a session that already ended is removed, or \
             gets another `endReason`.",
        consumers: "Refuse the session's tokens immediately, and until `expiresAt`. A changed password may \
             revoke many sessions, each with its own event.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = SessionRow::ended(change)?;
        let reason = row.end_reason.as_ref().and_then(EndReason::revocation)?;
        Some(Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            reason,
            revoked_at: change.time(row.ended_at),
            expires_at: row.expires_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.revoked_at
    }

    fn sample_change() -> SampleChange {
        let old = with(
            SessionRow::sample("user-1"),
            json!({ "expiresAt": "2026-03-01T22:00:00Z" }),
        );
        let new = with(
            old.clone(),
            json!({ "endReason": "REVOKED_BY_ADMIN", "endedAt": "2026-03-01T14:35:00Z" }),
        );
        SampleChange::modified("authentication", old, new).recorded_at("2026-03-01T14:35:00Z")
    }
}

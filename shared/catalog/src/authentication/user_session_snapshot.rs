//! `UserSessionSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time};

use super::rows::SessionRow;
use crate::classes::Network;
use crate::public;

/// A session of a user that has not ended, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserSessionSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. Not the session token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// How the user logged in, a code of the User Service such as `PASSWORD`.
    #[schemars(extend("x-public" = public::KIND))]
    pub login_method: String,
    /// Whether a second factor was used; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub mfa_used: Option<bool>,
    /// When the user logged in.
    #[schemars(extend("x-public" = public::TIME))]
    pub logged_in_at: Time,
    /// When the session expires.
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Time,
    /// The network origin of the log-in; absent if the row has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserSessionSnapshotEventV1 {
    const TYPE: &'static str = "UserSessionSnapshotEventV1";
    type Row = SessionRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a session row without an end reason.",
        not_published: "The session has ended. A log-in failed: attempts have no state. The user is deleted or was erased.",
        consumers: "Store the session under `sessionId`. Honour it until `expiresAt` only, which may have passed already: DynamoDB removes an \
             expired row late, and then `UserSessionExpiredEventV1` follows.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = change.inserted().filter(|row| row.end_reason.is_none())?;
        Some(Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            login_method: row.login_method.clone(),
            mfa_used: row.mfa_used,
            logged_in_at: row.created_at,
            expires_at: row.expires_at,
            network: Sensitive::new(row.network.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.logged_in_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.network
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        SampleChange::read("authentication", SessionRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}

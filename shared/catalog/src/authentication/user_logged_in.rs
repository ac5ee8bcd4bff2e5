//! `UserLoggedInEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::SessionRow;
use crate::classes::Network;
use crate::public;

/// The user logged in: a session row was inserted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLoggedInEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's ID, an opaque string. It is not the session's token.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// How the user logged in, a code of the User Service such as `PASSWORD`.
    #[schemars(extend("x-public" = public::KIND))]
    pub login_method: String,
    /// Whether the user passed a second factor; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub mfa_used: Option<bool>,
    /// When the user logged in.
    #[schemars(extend("x-public" = public::TIME))]
    pub logged_in_at: Time,
    /// When the session expires.
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Time,
    /// The origin of the login; absent if nothing is known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserLoggedInEventV1 {
    const TYPE: &'static str = "UserLoggedInEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "A session row is inserted.",
        not_published: "A session is extended or modified in another way. A login fails: see \
             `UserLoginFailedEventV1`.",
        consumers: "Count the login, show it to the user, or compare its origin with earlier ones. It does \
             not prove that a session is valid: check the token for that.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            login_method: row.login_method.clone(),
            mfa_used: row.mfa_used,
            logged_in_at: change.time(Some(row.created_at)),
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
        let new = with(
            SessionRow::sample("user-1"),
            json!({ "createdAt": "2026-03-01T14:00:00Z", "expiresAt": "2026-03-01T22:00:00Z" }),
        );
        SampleChange::inserted("authentication", new).recorded_at("2026-03-01T14:00:00Z")
    }
}

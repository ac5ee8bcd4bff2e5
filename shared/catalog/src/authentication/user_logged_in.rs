//! `UserLoggedInEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::SessionRow;
use crate::classes::Network;
use crate::example::example_time;

/// The user logged in: a session was inserted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLoggedInEventV1 {
    /// The user.
    pub user_id: String,
    /// The session.
    pub session_id: String,
    /// How the user logged in, in the User Service's own words.
    pub login_method: String,
    /// Whether a second factor was asked for and given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_used: Option<bool>,
    /// When the user logged in.
    pub logged_in_at: Time,
    /// When the session ends by itself.
    pub expires_at: Time,
    /// Where the log-in came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserLoggedInEventV1 {
    const TYPE: &'static str = "UserLoggedInEventV1";
    type Row = SessionRow;

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
            user_id: row.user_id.clone(),
            session_id: row.session_id.clone(),
            login_method: row.login_method.clone(),
            mfa_used: row.mfa_used,
            logged_in_at: change.time(Some(row.created_at)),
            expires_at: row.expires_at,
            network: Sensitive::of(row.network.clone()),
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            session_id: "session-1".into(),
            login_method: "PASSWORD".into(),
            mfa_used: Some(true),
            logged_in_at: example_time("2026-03-01T14:00:00.000Z"),
            expires_at: example_time("2026-03-01T22:00:00.000Z"),
            network: Sensitive::of(Network::example()),
        }
    }
}

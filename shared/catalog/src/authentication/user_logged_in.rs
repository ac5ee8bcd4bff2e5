//! `UserLoggedInEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::SessionRow;
use crate::classes::Network;
use crate::public;

/// The user logged in: a session was inserted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserLoggedInEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The session's identifier, an opaque text. It is not the token that opens the session.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub session_id: String,
    /// How the user logged in, in the User Service's own words, such as `PASSWORD`.
    #[schemars(extend("x-public" = public::KIND))]
    pub login_method: String,
    /// Whether a second factor was asked for and given; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub mfa_used: Option<bool>,
    /// When the user logged in.
    #[schemars(extend("x-public" = public::TIME))]
    pub logged_in_at: Time,
    /// When the session ends by itself.
    #[schemars(extend("x-public" = public::TIME))]
    pub expires_at: Time,
    /// Where the log-in came from; absent where nothing of it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Sensitive<Network>>,
}

impl Event for UserLoggedInEventV1 {
    const TYPE: &'static str = "UserLoggedInEventV1";
    type Row = SessionRow;
    const GUIDE: Guide = Guide {
        published: "The row of a session is inserted.",
        not_published: "A session is prolonged or otherwise written over. A log-in fails: `UserLoginFailedEventV1` \
             tells it.",
        consumers: "Count it, show it to the user, or compare where it came from with earlier ones. It is no proof \
             of a session: whoever needs one checks the token.",
    };

    fn derive(change: &RowChange<'_, SessionRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
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

//! `UserRegistrationMethodChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::AccountRow;
use crate::public;

/// The way in which the user logs in was changed from the one of the registration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserRegistrationMethodChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The new way, a code of the User Service such as `PASSWORD`; absent if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::KIND))]
    pub registration_method: Option<String>,
    /// When the way changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserRegistrationMethodChangedEventV1 {
    const TYPE: &'static str = "UserRegistrationMethodChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `registrationMethod` differs.",
        not_published: "The account is new: `UserRegisteredEventV1` has its first one.",
        consumers: "Replace the way in your statistics.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.modified()?.row.live()?;
        change.differs("registrationMethod").then(|| Self {
            user_id: row.user_id.clone(),
            registration_method: row.registration_method.clone(),
            changed_at: change.time_moved(row.updated_at),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        let old = AccountRow::sample("user-1");
        let new = with(
            old.clone(),
            json!({ "registrationMethod": "PASSKEY", "updatedAt": "2026-03-01T12:45:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:45:00Z")
    }
}

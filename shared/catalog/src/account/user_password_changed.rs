//! `UserPasswordChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time, with};

use super::rows::AccountRow;
use crate::public;

/// The user's password changed. Only `passwordChangedAt` decides: rehashing the same password is not a
/// change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPasswordChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The cause, a code such as `RESET`; absent if the User Service did not record one with the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::REASON))]
    pub reason: Option<String>,
    /// When the password changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserPasswordChangedEventV1 {
    const TYPE: &'static str = "UserPasswordChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account or password row is modified, and `passwordChangedAt` differs and is present.",
        not_published: "Only `passwordHash` changes, for example when a login upgrades the algorithm. The \
             account or password row is new. `passwordChangedAt` is removed.",
        consumers: "End everything that depends on the old password: remembered devices, tokens, sessions. \
             To warn the user of an account takeover, use an address that you knew before the change.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let (user_id, changed_at) = change.modified()?.row.password()?;
        change.differs("passwordChangedAt").then(|| Self {
            user_id: user_id.to_owned(),
            reason: change.reason(),
            changed_at: change.time(Some(changed_at)),
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
            json!({
                "passwordChangedAt": "2026-03-01T12:25:00Z", "updatedAt": "2026-03-01T12:25:00Z", "version": 2,
                "lastChange": { "at": "2026-03-01T12:25:00Z", "reason": "RESET" },
            }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:25:00Z")
    }
}

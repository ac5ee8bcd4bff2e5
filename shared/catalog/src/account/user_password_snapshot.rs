//! `UserPasswordSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::AccountRow;
use crate::public;

/// When a user's password was changed last, as a backfill found it: for services that keep the password apart from the account.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPasswordSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the password was changed last.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
}

impl Event for UserPasswordSnapshotEventV1 {
    const TYPE: &'static str = "UserPasswordSnapshotEventV1";
    type Row = AccountRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads a password row that says when the password was changed.",
        not_published: "The password is a part of the account row: `UserAccountSnapshotEventV1` has its time. The user is deleted or was erased.",
        consumers: "Store the time, if you need it. The password did not change now: end no session.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.inserted()?;
        if row.live().is_some() {
            return None;
        }
        let (user_id, changed_at) = row.password()?;
        Some(Self {
            user_id: user_id.to_owned(),
            changed_at,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sample_change() -> SampleChange {
        let row = json!({
            "pk": "USER#user-1", "sk": "PASSWORD", "passwordHash": "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA",
            "passwordChangedAt": "2026-03-01T11:59:59Z",
        });
        SampleChange::read("accounts", row).recorded_at("2026-03-02T09:00:00Z")
    }
}

//! `UserAccountSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus};
use crate::classes::Contact;
use crate::public;

/// A user's account, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAccountSnapshotEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The account's status.
    #[schemars(extend("x-public" = public::STATE))]
    pub status: Choice<AccountStatus>,
    /// The reason of the status, a code of the User Service; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::REASON))]
    pub status_reason: Option<String>,
    /// Whether the e-mail address is verified; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub email_verified: Option<bool>,
    /// Whether the telephone number is verified; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub phone_verified: Option<bool>,
    /// How the user signed up, a code of the User Service such as `PASSWORD`; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::KIND))]
    pub registration_method: Option<String>,
    /// The user's locale, a BCP 47 language tag such as `en-GB`; absent if not set. Not validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::SETTING))]
    pub locale: Option<String>,
    /// When the user signed up.
    #[schemars(extend("x-public" = public::TIME))]
    pub registered_at: Time,
    /// When the password was changed last; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::TIME))]
    pub password_changed_at: Option<Time>,
    /// When the account was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// The user's `email`, and `phoneNumber` if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserAccountSnapshotEventV1 {
    const TYPE: &'static str = "UserAccountSnapshotEventV1";
    type Row = AccountRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads an account row with any status but `DELETED`.",
        not_published: "A user registers: that is `UserRegisteredEventV1`, on the topic. The user is deleted or was erased. A password is kept apart \
             from the account: see `UserPasswordSnapshotEventV1`.",
        consumers: "Store the account whole, in place of what you have of it. Nothing has happened to the user now: send no mail. What \
             changes meanwhile comes afterwards, from the live queue.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.inserted()?.live()?;
        Some(Self {
            user_id: row.user_id.clone(),
            status: row.status.clone(),
            status_reason: row.status_reason.clone(),
            email_verified: row.email_verified,
            phone_verified: row.phone_verified,
            registration_method: row.registration_method.clone(),
            locale: row.locale.clone(),
            registered_at: row.created_at,
            password_changed_at: row.password_changed_at,
            updated_at: row.updated_at,
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.updated_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let row = with(
            AccountRow::sample("user-1"),
            json!({ "status": "ACTIVE", "emailVerified": true, "version": 7 }),
        );
        SampleChange::read("accounts", row).recorded_at("2026-03-02T09:00:00Z")
    }
}

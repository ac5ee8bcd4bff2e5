//! `UserRegisteredEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus};
use crate::classes::Contact;
use crate::public;

/// A user signed up: the account row was inserted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserRegisteredEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The account's status at registration.
    #[schemars(extend("x-public" = public::STATE))]
    pub status: Choice<AccountStatus>,
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
    /// The user's `email`, and `phoneNumber` if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserRegisteredEventV1 {
    const TYPE: &'static str = "UserRegisteredEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is inserted, with any status but `DELETED`.",
        not_published: "An existing account row is modified, in any way. A row is inserted as `DELETED`. A deleted \
             user comes back: see `UserRestoredEventV1`. If the inserted row was invalid, \
             its record was moved to the parking-lot queue (parked); correcting the row later does not \
             publish a registration.",
        consumers: "Create your copy of the user, or update it if it already exists: an event may arrive \
             twice, and events of other categories may arrive first. Until `emailVerified` is `true` or \
             `UserEmailVerifiedEventV1` arrives, do not write to the address except to have it verified. The \
             same applies to the telephone number, with `phoneVerified` and `UserPhoneVerifiedEventV1`.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.inserted()?.live()?;
        Some(Self {
            user_id: row.user_id.clone(),
            status: row.status.clone(),
            email_verified: row.email_verified,
            phone_verified: row.phone_verified,
            registration_method: row.registration_method.clone(),
            locale: row.locale.clone(),
            registered_at: change.time(Some(row.created_at)),
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.registered_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let new = with(
            AccountRow::sample("user-1"),
            json!({ "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z" }),
        );
        SampleChange::inserted("accounts", new).recorded_at("2026-03-01T12:00:00Z")
    }
}

//! `UserRestoredEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AccountRow, AccountStatus};
use crate::classes::Contact;
use crate::public;

/// A deleted user came back: the account's status is no longer `DELETED`. The event has what a registration
/// has, because subscribers erased their data of the user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserRestoredEventV1 {
    /// The user's ID, an opaque string. It is the one that the user had before the deletion.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The account's status after the change.
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
    /// When the user was restored.
    #[schemars(extend("x-public" = public::TIME))]
    pub restored_at: Time,
    /// The user's `email`, and `phoneNumber` if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

/// Whether the change brings a deleted user back. `UserRestoredEventV1` then has the current contact, locale
/// and status, and their own events are not published.
pub(super) fn is_restored(change: &RowChange<'_, AccountRow>) -> bool {
    let deleted = Some(Choice::Known(AccountStatus::Deleted));
    change
        .modified()
        .is_some_and(|change| change.old.choice("status") == deleted)
        && change.differs("status")
}

impl Event for UserRestoredEventV1 {
    const TYPE: &'static str = "UserRestoredEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified, and `status` was `DELETED` and becomes another one.",
        not_published: "The row of the deleted user was removed and is inserted again: that is a \
             `UserRegisteredEventV1`. The status was `DEACTIVATED` or another one: see \
             `UserAccountStatusChangedEventV1`. Of the account, no other event is published for this \
             change, except `UserPasswordChangedEventV1`.",
        consumers: "Create your copy of the user again from this event, as for a registration, and take the \
             ID off your list of deleted users. Do not bring back data that you erased. Profile, addresses, \
             consents and roles have no event of their return unless their rows are written again.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.modified()?.row.live()?;
        is_restored(change).then(|| Self {
            user_id: row.user_id.clone(),
            status: row.status.clone(),
            email_verified: row.email_verified,
            phone_verified: row.phone_verified,
            registration_method: row.registration_method.clone(),
            locale: row.locale.clone(),
            restored_at: change.time_moved(row.updated_at),
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.restored_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let old = with(AccountRow::sample("user-1"), json!({ "status": "DELETED" }));
        let new = with(
            old.clone(),
            json!({ "status": "ACTIVE", "updatedAt": "2026-03-01T12:40:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:40:00Z")
    }
}

//! `UserRegisteredEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::{AccountRow, AccountStatus};
use crate::classes::Contact;
use crate::example::example_time;

/// A user signed up: the account row was inserted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRegisteredEventV1 {
    /// The user.
    pub user_id: String,
    /// The account's status at registration.
    pub status: AccountStatus,
    /// Whether the e-mail address is known to be the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// How the user signed up, in the User Service's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_method: Option<String>,
    /// The user's locale, a BCP 47 language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// When the user signed up.
    pub registered_at: Time,
    /// How the person can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserRegisteredEventV1 {
    const TYPE: &'static str = "UserRegisteredEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
            user_id: row.user_id.clone(),
            status: row.status,
            email_verified: row.email_verified,
            registration_method: row.registration_method.clone(),
            locale: row.locale.clone(),
            registered_at: change.time(Some(row.created_at)),
            contact: Sensitive::of(row.contact()),
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            status: AccountStatus::PendingVerification,
            email_verified: Some(false),
            registration_method: Some("PASSWORD".into()),
            locale: Some("en-GB".into()),
            registered_at: example_time("2026-03-01T12:00:00.000Z"),
            contact: Sensitive::of(Contact::example()),
        }
    }
}

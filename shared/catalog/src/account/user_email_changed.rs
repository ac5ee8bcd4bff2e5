//! `UserEmailChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::public;

/// The user has another e-mail address. Changing it resets its verification: that alone is this event and
/// no other.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserEmailChangedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// Whether the new address is known to be the user's; absent where the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub verified: Option<bool>,
    /// When the address was changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
    /// The address now and before: `email` and `previousEmail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserEmailChangedEventV1 {
    const TYPE: &'static str = "UserEmailChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "The row of an account is written over and `email` differs from before, if only in upper and \
             lower case.",
        not_published: "The account is new: `UserRegisteredEventV1` holds its first address. Only `emailVerified` \
             changes.",
        consumers: "Replace the address, and take it for verified only where `verified` is `true`. Whoever warns \
             people of a take-over tells `previousEmail`. Where the class is not granted, ask the User \
             Service or let the address be.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let old = change.modified().filter(|_| change.differs("email"))?;
        Some(Self {
            user_id: change.row.user_id.clone(),
            verified: change.row.email_verified,
            changed_at: change.time_moved(change.row.updated_at),
            contact: Sensitive::new(Contact {
                email: Some(change.row.email.clone()),
                previous_email: old.text("email").map(str::to_owned),
                ..Contact::default()
            }),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.changed_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let old = with(
            AccountRow::sample("user-1"),
            json!({ "email": "ada@example.org" }),
        );
        let new = with(
            old.clone(),
            json!({ "email": "ada@example.com", "updatedAt": "2026-03-01T12:10:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:10:00Z")
    }
}

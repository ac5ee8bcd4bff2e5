//! `UserEmailChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{
    Event, Guide, Modified, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with,
};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::public;

/// The user's e-mail address changed. If the write also resets the verification, that has no event of its
/// own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserEmailChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// Whether the new address is verified; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub verified: Option<bool>,
    /// When the address changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
    /// The new and the old address: `email` and `previousEmail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserEmailChangedEventV1 {
    const TYPE: &'static str = "UserEmailChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `email` differs, even if only in case.",
        not_published: "The account is new: `UserRegisteredEventV1` has its first address. Only \
             `emailVerified` changes. The status is `DELETED`: a placeholder is no address.",
        consumers: "Replace the address, and treat it as verified only if `verified` is `true`. To warn the \
             user of an account takeover, write to `previousEmail`. Without a grant for the class, ask the \
             User Service for the address or ignore the change.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let Modified { old, row } = change.modified().filter(|_| change.text_differs("email"))?;
        let row = row.live()?;
        Some(Self {
            user_id: row.user_id.clone(),
            verified: row.email_verified,
            changed_at: change.time_moved(row.updated_at),
            contact: Sensitive::new(Contact {
                email: Some(row.email.clone()),
                previous_email: old.filled_text("email").map(str::to_owned),
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

//! `UserPhoneChangedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{
    Event, Guide, Modified, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with,
};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::public;

/// The user's telephone number was added, changed or removed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPhoneChangedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// Whether the new number is verified; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub verified: Option<bool>,
    /// When the number changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub changed_at: Time,
    /// The new and the old number: `phoneNumber`, absent if it was removed, and `previousPhoneNumber`, absent
    /// if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserPhoneChangedEventV1 {
    const TYPE: &'static str = "UserPhoneChangedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified and `phoneNumber` differs: it was added, changed or removed.",
        not_published: "The account is new: `UserRegisteredEventV1` has its first number. Only \
             `phoneVerified` changes. The telephone number of an address changes. The status is `DELETED`.",
        consumers: "Replace the number. If the opened `contact` has no `phoneNumber`, the user no longer \
             has one. Treat the number as verified only if `verified` is `true`.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let Modified { old, row } = change.modified().filter(|_| change.text_differs("phoneNumber"))?;
        let row = row.live()?;
        Some(Self {
            user_id: row.user_id.clone(),
            verified: row.phone_verified,
            changed_at: change.time_moved(row.updated_at),
            contact: Sensitive::new(Contact {
                phone_number: row.phone_number.clone(),
                previous_phone_number: old.filled_text("phoneNumber").map(str::to_owned),
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
            json!({ "phoneNumber": "+1-202-555-0199" }),
        );
        let new = with(
            old.clone(),
            json!({ "phoneNumber": "+1-202-555-0100", "updatedAt": "2026-03-01T12:20:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:20:00Z")
    }
}

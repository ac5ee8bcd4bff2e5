//! `UserPhoneVerificationWithdrawnEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{
    Event, Guide, Modified, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with,
};

use super::rows::AccountRow;
use super::user_restored::is_restored;
use crate::classes::Contact;
use crate::public;

/// The user's telephone number is no longer verified; the number itself did not change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPhoneVerificationWithdrawnEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the verification was withdrawn.
    #[schemars(extend("x-public" = public::TIME))]
    pub withdrawn_at: Time,
    /// The user's `email`, and `phoneNumber` if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserPhoneVerificationWithdrawnEventV1 {
    const TYPE: &'static str = "UserPhoneVerificationWithdrawnEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified, `phoneVerified` was `true` and becomes `false` or absent, \
             and `phoneNumber` stays the same.",
        not_published: "The number changes or is removed in the same write: `UserPhoneChangedEventV1` says \
             in `verified` whether the new number is verified. `phoneVerified` was not `true`. The user is \
             deleted in the same write, or is `DELETED` already. A deleted user comes back: \
             `UserRestoredEventV1` has the current `phoneVerified`.",
        consumers: "Stop calling and texting the number in `contact`, and do not send login codes to it. The \
             withdrawal applies to this number only, so compare it with the one that you store.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let Modified { old, row } = change.modified()?;
        let row = row.live()?;
        let withdrawn = old.is_true("phoneVerified") && row.phone_verified != Some(true);
        let same = !change.text_differs("phoneNumber") && !is_restored(change);
        (withdrawn && same).then(|| Self {
            user_id: row.user_id.clone(),
            withdrawn_at: change.time_moved(row.updated_at),
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.withdrawn_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let old = with(AccountRow::sample("user-1"), json!({ "phoneVerified": true }));
        let new = with(
            old.clone(),
            json!({ "phoneVerified": false, "updatedAt": "2026-03-01T12:17:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:17:00Z")
    }
}

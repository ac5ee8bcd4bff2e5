//! `UserPhoneVerifiedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::AccountRow;
use super::user_restored::is_restored;
use crate::classes::Contact;
use crate::public;

/// The user's telephone number was verified; the number itself did not change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPhoneVerifiedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the number was verified.
    #[schemars(extend("x-public" = public::TIME))]
    pub verified_at: Time,
    /// The user's `email`, and `phoneNumber` if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserPhoneVerifiedEventV1 {
    const TYPE: &'static str = "UserPhoneVerifiedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified, `phoneVerified` becomes `true`, and `phoneNumber` stays the \
             same.",
        not_published: "The number changes in the same write: `UserPhoneChangedEventV1` says in `verified` \
             whether the new number is verified. The row is inserted with `phoneVerified` set: see \
             `UserRegisteredEventV1`. A deleted user comes back: see `UserRestoredEventV1`. The verification \
             is withdrawn: see `UserPhoneVerificationWithdrawnEventV1`.",
        consumers: "Start to call or text the number in `contact`. The verification applies to this number \
             only, so compare it with the one that you store.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let row = change.modified()?.row.live()?;
        let verified = change.turned_true("phoneVerified")
            && !change.text_differs("phoneNumber")
            && !is_restored(change);
        verified.then(|| Self {
            user_id: row.user_id.clone(),
            verified_at: change.time_moved(row.updated_at),
            contact: Sensitive::new(row.contact()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.verified_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.contact
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn sample_change() -> SampleChange {
        let old = AccountRow::sample("user-1");
        let new = with(
            old.clone(),
            json!({ "phoneVerified": true, "updatedAt": "2026-03-01T12:15:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:15:00Z")
    }
}

//! `UserEmailVerificationWithdrawnEventV1`.

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

/// The user's e-mail address is no longer verified; the address itself did not change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserEmailVerificationWithdrawnEventV1 {
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

impl Event for UserEmailVerificationWithdrawnEventV1 {
    const TYPE: &'static str = "UserEmailVerificationWithdrawnEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "An account row is modified, `emailVerified` was `true` and becomes `false` or absent, \
             and `email` stays the same.",
        not_published: "The address changes in the same write: `UserEmailChangedEventV1` says in `verified` \
             whether the new address is verified. `emailVerified` was not `true`. The user is deleted in \
             the same write, or is `DELETED` already. A deleted user comes back: `UserRestoredEventV1` has \
             the current `emailVerified`.",
        consumers: "Stop writing to the address in `contact`, except to have it verified again, and do not \
             accept it as proof of who the user is. The withdrawal applies to this address only, so compare \
             it with the one that you store.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let Modified { old, row } = change.modified()?;
        let row = row.live()?;
        let withdrawn = old.is_true("emailVerified") && row.email_verified != Some(true);
        let same = !change.text_differs("email") && !is_restored(change);
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
        let old = with(AccountRow::sample("user-1"), json!({ "emailVerified": true }));
        let new = with(
            old.clone(),
            json!({ "emailVerified": false, "updatedAt": "2026-03-01T12:07:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:07:00Z")
    }
}

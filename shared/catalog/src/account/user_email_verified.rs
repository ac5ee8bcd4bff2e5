//! `UserEmailVerifiedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::public;

/// The user proved that the e-mail address is theirs; the address itself is the same as before.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserEmailVerifiedEventV1 {
    /// The user's identifier, an opaque text.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// When the address was verified.
    #[schemars(extend("x-public" = public::TIME))]
    pub verified_at: Time,
    /// How the person can be reached: `email`, and `phoneNumber` where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserEmailVerifiedEventV1 {
    const TYPE: &'static str = "UserEmailVerifiedEventV1";
    type Row = AccountRow;
    const GUIDE: Guide = Guide {
        published: "The row of an account is written over, `emailVerified` is `true` now and was not before, and \
             `email` is the same as before.",
        not_published: "The address changes in the same write: `UserEmailChangedEventV1` tells with `verified` whether \
             the new one is known to be the user's. The row is inserted with `emailVerified` set: \
             `UserRegisteredEventV1` tells it. The verification is taken back.",
        consumers: "Write to the address in `contact` from now on. The fact belongs to this address and to no \
             later one: compare it with the one that you keep.",
    };

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let verified = change.turned_true("emailVerified") && !change.differs("email");
        verified.then(|| Self {
            user_id: change.row.user_id.clone(),
            verified_at: change.time_moved(change.row.updated_at),
            contact: Sensitive::new(change.row.contact()),
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
            json!({ "emailVerified": true, "updatedAt": "2026-03-01T12:05:00Z", "version": 2 }),
        );
        SampleChange::modified("accounts", old, new).recorded_at("2026-03-01T12:05:00Z")
    }
}

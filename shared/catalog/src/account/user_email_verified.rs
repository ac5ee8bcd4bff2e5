//! `UserEmailVerifiedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::example::example_time;

/// The user proved that the e-mail address is theirs; the address itself is the same as before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEmailVerifiedEventV1 {
    /// The user.
    pub user_id: String,
    /// When the address was verified.
    pub verified_at: Time,
    /// How the person can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserEmailVerifiedEventV1 {
    const TYPE: &'static str = "UserEmailVerifiedEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let verified = change.turned_true("emailVerified") && !change.differs("email");
        verified.then(|| Self {
            user_id: change.row.user_id.clone(),
            verified_at: change.time_moved(change.row.updated_at),
            contact: Sensitive::of(change.row.contact()),
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            verified_at: example_time("2026-03-01T12:05:00.000Z"),
            contact: Sensitive::of(Contact::example()),
        }
    }
}

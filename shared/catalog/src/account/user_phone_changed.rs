//! `UserPhoneChangedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::AccountRow;
use crate::classes::Contact;
use crate::example::example_time;

/// The user's telephone number was added, changed or removed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPhoneChangedEventV1 {
    /// The user.
    pub user_id: String,
    /// Whether the new number is known to be the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// When the number was changed.
    pub changed_at: Time,
    /// How the person can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Sensitive<Contact>>,
}

impl Event for UserPhoneChangedEventV1 {
    const TYPE: &'static str = "UserPhoneChangedEventV1";
    type Row = AccountRow;

    fn derive(change: &RowChange<'_, AccountRow>) -> Option<Self> {
        let old = change.modified().filter(|_| change.differs("phoneNumber"))?;
        Some(Self {
            user_id: change.row.user_id.clone(),
            verified: change.row.phone_verified,
            changed_at: change.time_moved(change.row.updated_at),
            contact: Sensitive::of(Contact {
                phone_number: change.row.phone_number.clone(),
                previous_phone_number: old.text("phoneNumber").map(str::to_owned),
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

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            verified: Some(false),
            changed_at: example_time("2026-03-01T12:20:00.000Z"),
            contact: Sensitive::of(Contact {
                phone_number: Some("+1-202-555-0100".into()),
                previous_phone_number: Some("+1-202-555-0199".into()),
                ..Contact::default()
            }),
        }
    }
}

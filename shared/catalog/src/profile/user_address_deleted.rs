//! `UserAddressDeletedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Subject, Time};

use super::rows::AddressRow;
use crate::example::example_time;

/// The user no longer has the address.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAddressDeletedEventV1 {
    /// The user.
    pub user_id: String,
    /// The address.
    pub address_id: String,
    /// When the address was deleted.
    pub deleted_at: Time,
}

impl Event for UserAddressDeletedEventV1 {
    const TYPE: &'static str = "UserAddressDeletedEventV1";
    type Row = AddressRow;

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        change.removed().then(|| Self {
            user_id: change.row.user_id.clone(),
            address_id: change.row.address_id.clone(),
            deleted_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            address_id: "address-1".into(),
            deleted_at: example_time("2026-03-01T13:15:00.000Z"),
        }
    }
}

//! `UserAddressDeletedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Event, Guide, RowChange, SampleChange, Subject, Time};

use super::rows::AddressRow;
use crate::public;

/// The user's address was deleted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAddressDeletedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The address's ID, an opaque string, unique per user.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub address_id: String,
    /// When the address was deleted.
    #[schemars(extend("x-public" = public::TIME))]
    pub deleted_at: Time,
}

impl Event for UserAddressDeletedEventV1 {
    const TYPE: &'static str = "UserAddressDeletedEventV1";
    type Row = AddressRow;
    const GUIDE: Guide = Guide {
        published: "An address row is removed, by a delete or by its time to live.",
        not_published: "The user is deleted and the address rows remain: see `UserDeletedEventV1`.",
        consumers: "Delete the address, and accept that it may already be gone: an event may arrive twice. \
             Records that must keep an address, such as invoices, need their own copy.",
    };

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        let row = change.removed()?;
        Some(Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            deleted_at: change.time(None),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.deleted_at
    }

    fn sample_change() -> SampleChange {
        SampleChange::removed("profiles", AddressRow::sample("user-1")).recorded_at("2026-03-01T13:15:00Z")
    }
}

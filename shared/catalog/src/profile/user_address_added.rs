//! `UserAddressAddedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::{AddressRow, AddressType};
use crate::classes::Address;
use crate::example::example_time;

/// The user has a new address.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAddressAddedEventV1 {
    /// The user.
    pub user_id: String,
    /// The address.
    pub address_id: String,
    /// What the address is for.
    pub address_type: AddressType,
    /// Whether it is the user's default for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// The country, ISO 3166-1 alpha-2.
    pub country_code: String,
    /// When the address was added.
    pub added_at: Time,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Sensitive<Address>>,
}

impl Event for UserAddressAddedEventV1 {
    const TYPE: &'static str = "UserAddressAddedEventV1";
    type Row = AddressRow;

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        let row = change.row;
        change.inserted().then(|| Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            address_type: row.address_type,
            is_default: row.is_default,
            country_code: row.country_code.clone(),
            added_at: change.time_moved(row.updated_at),
            address: Sensitive::of(row.address.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.added_at
    }

    fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
        self.address
            .iter_mut()
            .map(|class| class as &mut dyn Seal)
            .collect()
    }

    fn example() -> Self {
        Self {
            user_id: "user-1".into(),
            address_id: "address-1".into(),
            address_type: AddressType::Shipping,
            is_default: Some(true),
            country_code: "GB".into(),
            added_at: example_time("2026-03-01T13:05:00.000Z"),
            address: Sensitive::of(Address::example()),
        }
    }
}

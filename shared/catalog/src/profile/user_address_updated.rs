//! `UserAddressUpdatedEventV1`.

use schemars::JsonSchema;
use serde::Serialize;
use user_events_core::{Event, RowChange, Seal, Sensitive, Subject, Time};

use super::rows::{AddressRow, AddressType};
use crate::classes::Address;
use crate::example::example_time;

/// One of the address's attributes is another one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAddressUpdatedEventV1 {
    /// The user.
    pub user_id: String,
    /// The address.
    pub address_id: String,
    /// The attributes that differ from before, sorted; sealed ones too, without their values.
    pub changed_fields: Vec<&'static str>,
    /// What the address is for.
    pub address_type: AddressType,
    /// Whether it is the user's default for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// The country, ISO 3166-1 alpha-2.
    pub country_code: String,
    /// When the address was changed.
    pub updated_at: Time,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Sensitive<Address>>,
}

impl Event for UserAddressUpdatedEventV1 {
    const TYPE: &'static str = "UserAddressUpdatedEventV1";
    type Row = AddressRow;

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        change.modified()?;
        let changed_fields = change.changed_fields(AddressRow::PUBLISHED);
        let row = change.row;
        (!changed_fields.is_empty()).then(|| Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            changed_fields,
            address_type: row.address_type,
            is_default: row.is_default,
            country_code: row.country_code.clone(),
            updated_at: change.time_moved(row.updated_at),
            address: Sensitive::of(row.address.clone()),
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject::User(&self.user_id)
    }

    fn time(&self) -> Time {
        self.updated_at
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
            changed_fields: vec!["isDefault", "line1"],
            address_type: AddressType::Shipping,
            is_default: Some(true),
            country_code: "GB".into(),
            updated_at: example_time("2026-03-01T13:10:00.000Z"),
            address: Sensitive::of(Address::example()),
        }
    }
}

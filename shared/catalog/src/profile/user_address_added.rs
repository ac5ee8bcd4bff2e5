//! `UserAddressAddedEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AddressRow, AddressType};
use crate::classes::Address;
use crate::public;

/// The user added an address.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAddressAddedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The address's ID, an opaque string, unique per user.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub address_id: String,
    /// The use of the address.
    #[schemars(extend("x-public" = public::KIND))]
    pub address_type: Choice<AddressType>,
    /// Whether it is the user's default for that use; absent if the row does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-public" = public::STATE))]
    pub is_default: Option<bool>,
    /// The country, an ISO 3166-1 alpha-2 code such as `GB`. Not validated.
    #[schemars(extend("x-public" = public::COUNTRY))]
    pub country_code: String,
    /// When the address was added.
    #[schemars(extend("x-public" = public::TIME))]
    pub added_at: Time,
    /// The address and its recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Sensitive<Address>>,
}

impl Event for UserAddressAddedEventV1 {
    const TYPE: &'static str = "UserAddressAddedEventV1";
    type Row = AddressRow;
    const GUIDE: Guide = Guide {
        published: "An address row is inserted.",
        not_published: "An address row is modified, even to a different place: see \
             `UserAddressUpdatedEventV1`.",
        consumers: "Store the address under `addressId`, or replace it if it already exists. If another \
             address stops being the default, that publishes its own event.",
    };

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            address_type: row.address_type.clone(),
            is_default: row.is_default,
            country_code: row.country_code.clone(),
            added_at: change.time_moved(row.updated_at),
            address: Sensitive::new(row.address.clone()),
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

    fn sample_change() -> SampleChange {
        let new = with(
            AddressRow::sample("user-1"),
            json!({ "updatedAt": "2026-03-01T13:05:00Z" }),
        );
        SampleChange::inserted("profiles", new).recorded_at("2026-03-01T13:05:00Z")
    }
}

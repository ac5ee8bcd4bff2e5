//! `UserAddressSnapshotEventV1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time};

use super::rows::{AddressRow, AddressType};
use crate::classes::Address;
use crate::public;

/// An address of a user, as a backfill found it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAddressSnapshotEventV1 {
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
    /// When the address was written last.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// The address and its recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Sensitive<Address>>,
}

impl Event for UserAddressSnapshotEventV1 {
    const TYPE: &'static str = "UserAddressSnapshotEventV1";
    type Row = AddressRow;
    const SNAPSHOT: bool = true;
    const GUIDE: Guide = Guide {
        published: "A run of `user-events backfill` reads an address row.",
        not_published: "The user is deleted or was erased.",
        consumers: "Store the address whole under `addressId`, in place of what you have of it.",
    };

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        let row = change.inserted()?;
        Some(Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            address_type: row.address_type.clone(),
            is_default: row.is_default,
            country_code: row.country_code.clone(),
            updated_at: row.updated_at,
            address: Sensitive::new(row.address.clone()),
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

    fn sample_change() -> SampleChange {
        SampleChange::read("profiles", AddressRow::sample("user-1")).recorded_at("2026-03-02T09:00:00Z")
    }
}

//! `UserAddressUpdatedEventV1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use user_events_core::{Choice, Event, Guide, RowChange, SampleChange, Seal, Sensitive, Subject, Time, with};

use super::rows::{AddressRow, AddressType};
use crate::classes::Address;
use crate::public;

/// An attribute of the address changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserAddressUpdatedEventV1 {
    /// The user's ID, an opaque string.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub user_id: String,
    /// The address's ID, an opaque string, unique per user.
    #[schemars(extend("x-identifier" = true, "x-public" = public::IDENTIFIER))]
    pub address_id: String,
    /// The names of the changed attributes, sorted. Sealed attributes are included, without values.
    #[schemars(extend("x-public" = public::FIELD_NAMES))]
    pub changed_fields: Vec<Cow<'static, str>>,
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
    /// When the address changed.
    #[schemars(extend("x-public" = public::TIME))]
    pub updated_at: Time,
    /// The address and its recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Sensitive<Address>>,
}

impl Event for UserAddressUpdatedEventV1 {
    const TYPE: &'static str = "UserAddressUpdatedEventV1";
    type Row = AddressRow;
    const GUIDE: Guide = Guide {
        published: "An address row is modified and one of its published attributes differs.",
        not_published: "Only `updatedAt` or an attribute that is not published changes.",
        consumers: "Replace the address: the event has the whole current address, and an absent attribute \
             is no longer set. Past deliveries and invoices keep the address that they were made with.",
    };

    fn derive(change: &RowChange<'_, AddressRow>) -> Option<Self> {
        let row = change.modified()?.row;
        let changed_fields = change.changed_fields(AddressRow::PUBLISHED);
        (!changed_fields.is_empty()).then(|| Self {
            user_id: row.user_id.clone(),
            address_id: row.address_id.clone(),
            changed_fields,
            address_type: row.address_type.clone(),
            is_default: row.is_default,
            country_code: row.country_code.clone(),
            updated_at: change.time_moved(row.updated_at),
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
        let old = with(
            AddressRow::sample("user-1"),
            json!({ "isDefault": false, "line1": "9 Example Street" }),
        );
        let new = with(
            old.clone(),
            json!({
                "isDefault": true, "line1": "1 Example Street", "updatedAt": "2026-03-01T13:10:00Z",
            }),
        );
        SampleChange::modified("profiles", old, new).recorded_at("2026-03-01T13:10:00Z")
    }
}

//! The rows of the profiles table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use user_events_core::{Choice, Class, Column, Content, Error, Reader, RowKind, RowShape, Time};

use crate::classes::{Address, Identity};

/// The use of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum AddressType {
    /// For shipping.
    Shipping,
    /// For invoices.
    Billing,
    /// For shipping and invoices.
    Both,
}

/// The row `USER#<userId>`, `PROFILE`.
#[derive(Debug)]
pub struct ProfileRow {
    pub(super) user_id: String,
    pub(super) identity: Identity,
    pub(super) preferred_language: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) updated_at: Time,
}

/// A profile row that was removed.
#[derive(Debug)]
pub struct RemovedProfile {
    pub(super) user_id: String,
}

/// The row `USER#<userId>`, `ADDRESS#<addressId>`.
#[derive(Debug)]
pub struct AddressRow {
    pub(super) user_id: String,
    pub(super) address_id: String,
    pub(super) address_type: Choice<AddressType>,
    pub(super) is_default: Option<bool>,
    pub(super) country_code: String,
    pub(super) address: Address,
    pub(super) updated_at: Time,
}

/// An address row that was removed.
#[derive(Debug)]
pub struct RemovedAddress {
    pub(super) user_id: String,
    pub(super) address_id: String,
}

impl ProfileRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "PROFILE",
            "firstName": "Ada", "lastName": "Example", "displayName": "Ada E.", "dateOfBirth": "1990-12-10",
            "avatarUrl": "https://images.example.com/ada.png", "preferredLanguage": "en", "timezone": "Europe/London",
            "updatedAt": "2026-03-01T11:59:59Z", "version": 1,
        })
    }

    /// The attributes that publish an event when they change.
    pub(super) const PUBLISHED: &'static [&'static str] = &[
        "firstName",
        "lastName",
        "displayName",
        "dateOfBirth",
        "avatarUrl",
        "preferredLanguage",
        "timezone",
    ];
}

impl AddressRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "ADDRESS#address-1",
            "addressType": "SHIPPING", "isDefault": true, "label": "Home", "recipientName": "Ada Example",
            "line1": "1 Example Street", "line2": "Flat 2", "city": "Exampleton", "region": "EX", "postalCode": "00100",
            "countryCode": "GB", "phoneNumber": "+1-202-555-0101", "updatedAt": "2026-03-01T11:59:59Z",
        })
    }

    /// The attributes that publish an event when they change.
    pub(super) const PUBLISHED: &'static [&'static str] = &[
        "addressType",
        "isDefault",
        "label",
        "recipientName",
        "line1",
        "line2",
        "city",
        "region",
        "postalCode",
        "countryCode",
        "phoneNumber",
    ];
}

impl RowKind for ProfileRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "profile",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "PROFILE",
        sk_id: None,
        columns: &[
            Column::new("firstName", Content::Text).in_class(Identity::NAME),
            Column::new("lastName", Content::Text).in_class(Identity::NAME),
            Column::new("displayName", Content::Text).in_class(Identity::NAME),
            Column::new("dateOfBirth", Content::Text).in_class(Identity::NAME),
            Column::new("avatarUrl", Content::Text).in_class(Identity::NAME),
            Column::new("preferredLanguage", Content::Text),
            Column::new("timezone", Content::Text),
            Column::new("updatedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/profile"];
    type Removed = RemovedProfile;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            identity: Identity {
                first_name: row.text("firstName")?,
                last_name: row.text("lastName")?,
                display_name: row.text("displayName")?,
                date_of_birth: row.text("dateOfBirth")?,
                avatar_url: row.text("avatarUrl")?,
            },
            preferred_language: row.text("preferredLanguage")?,
            timezone: row.text("timezone")?,
            updated_at: row.required_time("updatedAt")?,
        })
    }

    fn read_removed(row: &Reader) -> Result<Option<RemovedProfile>, Error> {
        let user_id = row.pk_id()?;
        Ok(Some(RemovedProfile { user_id }))
    }
}

impl RowKind for AddressRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "address",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "ADDRESS#",
        sk_id: Some("addressId"),
        columns: &[
            Column::new("addressType", Content::choice::<AddressType>()).required(),
            Column::new("isDefault", Content::Flag),
            Column::new("countryCode", Content::Text).required(),
            Column::new("label", Content::Text).in_class(Address::NAME),
            Column::new("recipientName", Content::Text).in_class(Address::NAME),
            Column::new("line1", Content::Text)
                .required()
                .in_class(Address::NAME),
            Column::new("line2", Content::Text).in_class(Address::NAME),
            Column::new("city", Content::Text)
                .required()
                .in_class(Address::NAME),
            Column::new("region", Content::Text).in_class(Address::NAME),
            Column::new("postalCode", Content::Text).in_class(Address::NAME),
            Column::new("phoneNumber", Content::Text).in_class(Address::NAME),
            Column::new("updatedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/addresses/{addressId}"];
    type Removed = RemovedAddress;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            address_id: row.sk_id()?,
            address_type: row.required_choice("addressType")?,
            is_default: row.flag("isDefault")?,
            country_code: row.required_text("countryCode")?,
            address: Address {
                label: row.text("label")?,
                recipient_name: row.text("recipientName")?,
                line1: Some(row.required_text("line1")?),
                line2: row.text("line2")?,
                city: Some(row.required_text("city")?),
                region: row.text("region")?,
                postal_code: row.text("postalCode")?,
                phone_number: row.text("phoneNumber")?,
            },
            updated_at: row.required_time("updatedAt")?,
        })
    }

    fn read_removed(row: &Reader) -> Result<Option<RemovedAddress>, Error> {
        Ok(Some(RemovedAddress {
            user_id: row.pk_id()?,
            address_id: row.sk_id()?,
        }))
    }
}

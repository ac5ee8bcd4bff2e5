//! The rows of the accounts table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use user_events_core::{Error, Image, Reader, RowKind, Time};

use crate::classes::Contact;

/// The status of a deleted user.
pub(super) const DELETED: &str = "DELETED";

/// The status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum AccountStatus {
    /// The e-mail address is not verified yet.
    PendingVerification,
    /// The user may log in.
    Active,
    /// Locked by the system, for example after failed logins.
    Locked,
    /// Suspended by a person, such as an administrator.
    Suspended,
    /// Closed by the user, who may reopen it.
    Deactivated,
    /// The user was deleted.
    Deleted,
}

/// How a user was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum DeletionMode {
    /// The status became `DELETED`; the row still exists.
    Soft,
    /// The row was removed.
    Hard,
    /// DynamoDB removed the row after its time to live.
    Expired,
}

/// The row `USER#<userId>`, `ACCOUNT`. The password hash is never read.
#[derive(Debug)]
pub struct AccountRow {
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) email_verified: Option<bool>,
    pub(super) phone_number: Option<String>,
    pub(super) phone_verified: Option<bool>,
    pub(super) password_changed_at: Option<Time>,
    pub(super) status: AccountStatus,
    pub(super) status_reason: Option<String>,
    pub(super) registration_method: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
}

impl RowKind for AccountRow {
    const KIND: &'static str = "account";
    const PK: &'static [&'static str] = &["USER#"];
    const SK: &'static str = "ACCOUNT";
    const RESOURCES: &'static [&'static str] = &["/users/{userId}"];

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            email: row.required_text("email")?,
            email_verified: row.flag("emailVerified")?,
            phone_number: row.text("phoneNumber")?,
            phone_verified: row.flag("phoneVerified")?,
            password_changed_at: row.time("passwordChangedAt")?,
            status: row.required_choice("status")?,
            status_reason: row.text("statusReason")?,
            registration_method: row.text("registrationMethod")?,
            locale: row.text("locale")?,
            created_at: row.required_time("createdAt")?,
            updated_at: row.required_time("updatedAt")?,
        })
    }

    /// Removing the row of a user who is already `DELETED` is not a second deletion.
    fn removal_is_an_event(old: &Image) -> bool {
        old.text("status") != Some(DELETED)
    }
}

impl AccountRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "ACCOUNT",
            "email": "ada@example.com", "emailVerified": false,
            "phoneNumber": "+1-202-555-0100", "phoneVerified": false,
            "passwordHash": "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA",
            "passwordChangedAt": "2026-03-01T11:59:59Z",
            "status": "PENDING_VERIFICATION", "statusReason": "NEW", "registrationMethod": "PASSWORD", "locale": "en-GB",
            "createdAt": "2026-03-01T11:59:59Z", "updatedAt": "2026-03-01T11:59:59Z", "version": 1, "ttl": 1_900_000_000,
        })
    }

    /// The row's values of the class `contact`.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            email: Some(self.email.clone()),
            phone_number: self.phone_number.clone(),
            ..Contact::default()
        }
    }
}

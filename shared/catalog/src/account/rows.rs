//! The rows of the accounts table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use user_events_core::{Choice, Class, Column, Content, Error, Reader, RowKind, RowShape, Time};

use crate::classes::Contact;

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

/// The row `USER#<userId>`, `ACCOUNT`, or `PASSWORD` beside it. The password hash is never read.
#[derive(Debug)]
pub enum AccountRow {
    /// The account of a user who is not deleted.
    Live(Box<Account>),
    /// The account of a user with the status `DELETED`. Everything else in the row may have been erased.
    Deleted(DeletedAccount),
    /// The password, kept apart from the account.
    Password(Password),
}

/// An account that is not deleted.
#[derive(Debug)]
pub struct Account {
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) email_verified: Option<bool>,
    pub(super) phone_number: Option<String>,
    pub(super) phone_verified: Option<bool>,
    pub(super) password_changed_at: Option<Time>,
    pub(super) status: Choice<AccountStatus>,
    pub(super) status_reason: Option<String>,
    pub(super) registration_method: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
}

/// What remains of an account with the status `DELETED`.
#[derive(Debug)]
pub struct DeletedAccount {
    pub(super) user_id: String,
    pub(super) updated_at: Option<Time>,
}

/// The row `USER#<userId>`, `PASSWORD`: for services that keep the password apart from the account.
#[derive(Debug)]
pub struct Password {
    pub(super) user_id: String,
    pub(super) password_changed_at: Option<Time>,
}

/// An account row that was removed while its status was not `DELETED`.
#[derive(Debug)]
pub struct RemovedAccount {
    pub(super) user_id: String,
}

impl RowKind for AccountRow {
    const SHAPES: &'static [RowShape] = &[
        RowShape {
            kind: "account",
            pk: &["USER#"],
            pk_id: "userId",
            sk: "ACCOUNT",
            sk_id: None,
            columns: &[
                Column::new("email", Content::Text)
                    .required()
                    .in_class(Contact::NAME),
                Column::new("emailVerified", Content::Flag),
                Column::new("phoneNumber", Content::Text).in_class(Contact::NAME),
                Column::new("phoneVerified", Content::Flag),
                Column::new("passwordChangedAt", Content::Time),
                Column::new("status", Content::choice::<AccountStatus>()).required(),
                Column::new("statusReason", Content::Text),
                Column::new("registrationMethod", Content::Text),
                Column::new("locale", Content::Text),
                Column::new("createdAt", Content::Time).required(),
                Column::new("updatedAt", Content::Time).required(),
            ],
        },
        RowShape {
            kind: "password",
            pk: &["USER#"],
            pk_id: "userId",
            sk: PASSWORD,
            sk_id: None,
            columns: &[Column::new("passwordChangedAt", Content::Time)],
        },
    ];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}"];

    type Removed = RemovedAccount;

    fn read(row: &Reader) -> Result<Self, Error> {
        if is_password(row) {
            return Ok(Self::Password(Password {
                user_id: row.pk_id()?,
                password_changed_at: row.time("passwordChangedAt")?,
            }));
        }
        let status = row.required_choice("status")?;
        if status == AccountStatus::Deleted {
            return Ok(Self::Deleted(DeletedAccount {
                user_id: row.pk_id()?,
                updated_at: row.readable_time("updatedAt"),
            }));
        }
        Ok(Self::Live(Box::new(Account {
            user_id: row.pk_id()?,
            email: row.required_filled_text("email")?,
            email_verified: row.flag("emailVerified")?,
            phone_number: row.filled_text("phoneNumber")?,
            phone_verified: row.flag("phoneVerified")?,
            password_changed_at: row.time("passwordChangedAt")?,
            status,
            status_reason: row.text("statusReason")?,
            registration_method: row.text("registrationMethod")?,
            locale: row.text("locale")?,
            created_at: row.required_time("createdAt")?,
            updated_at: row.required_time("updatedAt")?,
        })))
    }

    /// Removing the row of a user who is already `DELETED` is not a second deletion, and removing a password is none.
    fn read_removed(row: &Reader) -> Result<Option<RemovedAccount>, Error> {
        if is_password(row) {
            return Ok(None);
        }
        let status: Option<Choice<AccountStatus>> = row.choice("status")?;
        if status == Some(Choice::Known(AccountStatus::Deleted)) {
            return Ok(None);
        }
        let user_id = row.pk_id()?;
        Ok(Some(RemovedAccount { user_id }))
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

    /// The account; `None` if the user is deleted.
    pub(super) fn live(&self) -> Option<&Account> {
        match self {
            Self::Live(account) => Some(account),
            Self::Deleted(_) | Self::Password(_) => None,
        }
    }

    /// What remains of the account, if the user is deleted.
    pub(super) fn deleted(&self) -> Option<&DeletedAccount> {
        match self {
            Self::Deleted(account) => Some(account),
            Self::Live(_) | Self::Password(_) => None,
        }
    }

    /// The user, and when the password was changed last, if the row says so.
    pub(super) fn password(&self) -> Option<(&str, Time)> {
        match self {
            Self::Live(account) => Some((&account.user_id, account.password_changed_at?)),
            Self::Password(password) => Some((&password.user_id, password.password_changed_at?)),
            Self::Deleted(_) => None,
        }
    }
}

/// The sort key of a password that is kept apart.
const PASSWORD: &str = "PASSWORD";

fn is_password(row: &Reader) -> bool {
    row.shape().sk == PASSWORD
}

impl Account {
    /// The row's values of the class `contact`.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            email: Some(self.email.clone()),
            phone_number: self.phone_number.clone(),
            ..Contact::default()
        }
    }
}

//! Deleted users: a backfill sends nothing of them.

use user_events_core::{Choice, StreamRecord};

use crate::account::AccountStatus;

/// The sort key of an account.
const ACCOUNT: &str = "ACCOUNT";
/// The prefix of the partition keys of users.
const USER: &str = "USER#";

/// The keys of an account row of the native shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: &'static str,
}

/// The keys of the account row of the user in the partition with this key. `None` when it is no user's.
pub fn account_key(pk: &str) -> Option<AccountKey> {
    pk.starts_with(USER).then(|| AccountKey {
        pk: pk.to_owned(),
        sk: ACCOUNT,
    })
}

/// The partition key of the user, if the row is the account of a user with the status `DELETED`.
pub fn deleted_user(record: &StreamRecord) -> Option<&str> {
    let is_account = record.keys.sk == ACCOUNT && record.keys.pk.starts_with(USER);
    let status = record.change.image().choice("status");
    (is_account && status == Some(Choice::Known(AccountStatus::Deleted))).then_some(&record.keys.pk)
}

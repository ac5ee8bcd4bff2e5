//! Who was deleted.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use crate::edge::failure::Failure;

/// The most accounts of one read (Amazon DynamoDB API Reference, *BatchGetItem*).
pub const MAX_ACCOUNTS: usize = 100;

/// The accounts table: DynamoDB, or a fake in a test.
pub trait Accounts: Send + Sync {
    /// The accounts of the users with these partition keys (`USER#42`), [`MAX_ACCOUNTS`] at most. A user who is not in the
    /// answer is asked for again.
    ///
    /// The read must be strongly consistent.
    ///
    /// Fails when the table cannot be read.
    fn states<'a>(
        &'a self,
        users: &'a [String],
    ) -> BoxFuture<'a, Result<BTreeMap<String, AccountState>, Failure>>;
}

/// What the accounts table says of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// The user has an account that is not deleted.
    Present,
    /// The account has the status `DELETED`.
    Deleted,
    /// There is no account row.
    Absent,
}

//! The keys of persons: a second share of the key of a token, which is deleted when the person is erased.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

/// A row of the table of persons' keys.
#[derive(Clone)]
pub enum SubjectKey {
    /// The person's key.
    Secret {
        /// Its name: the third part of the `kid` of the person's tokens.
        key_id: String,
        /// 32 bytes.
        secret: Zeroizing<Vec<u8>>,
    },
    /// A tombstone: the person was erased, for ever.
    Erased,
}

/// A table of persons' keys: DynamoDB, or a fake in a test.
pub trait SubjectKeys: Send + Sync + 'static {
    /// The row with this key, the hexadecimal SHA-256 of source and subject, by a consistent read: it sees every write that
    /// was made before. `None` if there is none, and if the row is neither a key nor a tombstone.
    ///
    /// Fails when the table does not answer, with its error code, if it sent one.
    fn row<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>>;
}

/// A row, shared by those who open tokens with it. The memory of a secret is overwritten with zeros when the last owner
/// drops it.
pub(super) type Row = Arc<SubjectKey>;

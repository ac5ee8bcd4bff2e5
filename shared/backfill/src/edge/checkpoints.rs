//! Where a run remembers how far it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::edge::failure::Failure;

/// The checkpoints of one run, by name: files, S3 objects, or a fake in a test.
pub trait Checkpoints: Send + Sync {
    /// The checkpoint with this name; `None` when there is none yet.
    ///
    /// Fails when that cannot be found out.
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>>;

    /// Saves the checkpoint with this name, whole or not at all. A load after that, also in another process, gives it.
    ///
    /// Fails when it may not be saved.
    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>>;
}

/// Checkpoints in memory, for tests. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryCheckpoints(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl MemoryCheckpoints {
    /// The names and contents of all.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Checkpoints for MemoryCheckpoints {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        async move { Ok(self.lock().get(name).cloned()) }.boxed()
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        async move {
            self.lock().insert(name.to_owned(), checkpoint);
            Ok(())
        }
        .boxed()
    }
}

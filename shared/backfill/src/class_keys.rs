//! The data keys that events are sealed with.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_aws::{DataKeys, KeySource};
use user_events_core::KeyRing;

/// Data keys of classes: [`DataKeys`] of any source.
pub trait ClassKeys: Send + Sync {
    /// The keys for one more message of each of these classes, if all are there.
    ///
    /// Fails with the first class that has none.
    fn ring(&self, classes: &[&'static str]) -> Result<KeyRing, &'static str>;

    /// Fetches a key of the class, unless there is one. Returns whether there is one then.
    fn fetch<'a>(&'a self, class: &'static str) -> BoxFuture<'a, bool>;
}

impl<S: KeySource> ClassKeys for DataKeys<S> {
    fn ring(&self, classes: &[&'static str]) -> Result<KeyRing, &'static str> {
        DataKeys::ring(self, classes)
    }

    fn fetch<'a>(&'a self, class: &'static str) -> BoxFuture<'a, bool> {
        async move { DataKeys::fetch(self, class).await.is_ok() }.boxed()
    }
}

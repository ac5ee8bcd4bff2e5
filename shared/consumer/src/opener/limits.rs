//! How many keys are cached, and for how long.

use std::time::Duration;

/// How many data keys an opener caches, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The most keys, 1,024 by default. One more evicts the least recently used. A publisher generates one key per
    /// class, function instance and five minutes.
    pub max_keys: usize,
    /// The longest time that a key is used, 5 minutes by default. For this long, a consumer that lost its grant can
    /// still open data that was sealed with a cached key. The same holds for the secret of a person who was erased. An expired key is dropped when the next key is cached.
    pub max_age: Duration,
    /// How long a denial is cached, 30 seconds by default. A class that is granted in the meantime opens after this
    /// time at the latest. A denial applies to one data key: another one of the class is asked for.
    pub denial_age: Duration,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self {
            max_keys: 1_024,
            max_age: Duration::from_secs(300),
            denial_age: Duration::from_secs(30),
        }
    }
}

//! How many keys are cached, and for how long.

use std::time::Duration;

/// How many data keys an opener caches, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The most data keys, 1,024 by default, and the most rows of persons. One more evicts the least recently used. A
    /// publisher generates one data key per class, function instance and five minutes.
    pub max_keys: usize,
    /// The longest time that a key is used, 5 minutes by default. For this long, a consumer that lost its grant can
    /// still open data that was sealed with a cached key. An expired key is dropped when the next key is cached. The secret
    /// of a person is never used for longer than 300 seconds, also if this is longer: after that time nobody opens the
    /// data of a person who was erased.
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

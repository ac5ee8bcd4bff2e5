//! The subject of an event, which decides its lane.

use std::fmt;

use crate::wire::group_id;

/// Whom or what an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// `users/<userId>`
    User(&'a str),
    /// `roles/<roleId>`
    Role(&'a str),
    /// `attempts/<attemptId>`: a failed log-in that belongs to no known user.
    Attempt(&'a str),
}

impl<'a> Subject<'a> {
    /// The subject of the rows with this partition key. `None` when the key alone does not identify a subject.
    pub fn from_partition_key(pk: &'a str) -> Option<Self> {
        let user = pk.strip_prefix("USER#").map(Self::User);
        user.or_else(|| pk.strip_prefix("ROLE#").map(Self::Role))
    }

    /// The message group (ordering key) of the subject's events, called its lane here: the subject itself, or its SHA-256
    /// in hexadecimal when SNS does not accept the subject as a message group id (1 to 128 ASCII letters, digits and
    /// punctuation: Amazon SNS API Reference, *Publish*).
    pub fn partition_key(self) -> String {
        group_id(&self.to_string()).into_owned()
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "users/{id}"),
            Self::Role(id) => write!(f, "roles/{id}"),
            Self::Attempt(id) => write!(f, "attempts/{id}"),
        }
    }
}

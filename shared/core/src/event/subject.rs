//! The subject of an event, which decides its lane.

use std::borrow::Cow;
use std::fmt;

use crate::stream::identifier::identifier;
use crate::wire::group_id;

/// Whom or what an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// `users/<userId>`
    User(&'a str),
    /// `roles/<roleId>`
    Role(&'a str),
    /// `attempts/<attemptId>`: a failed log-in. It is the lane of each, and the subject of those of no known user.
    Attempt(&'a str),
    /// `erasures/<userId>`: the lane, never the subject, of the erasure of a user. The table of persons' keys has a stream of
    /// its own, in which sequence numbers say nothing of the order in the user's.
    Erasure(&'a str),
    /// `snapshots/<run>`: a run of a backfill.
    Snapshot(&'a str),
}

impl Subject<'_> {
    /// The message group (ordering key) that is named after the subject, called a lane here: the subject itself, or its SHA-256
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
            Self::Erasure(id) => write!(f, "erasures/{id}"),
            Self::Snapshot(run) => write!(f, "snapshots/{run}"),
        }
    }
}

/// The subject of the row with these keys, for a record that cannot be decoded; `sk` is `None` when it cannot be read.
/// `None` when the keys identify no subject.
pub fn subject_from_keys(pk: &str, sk: Option<&str>) -> Option<String> {
    let attempt = || {
        let attempt = attempt_id(sk?)?;
        pk.starts_with("UNKNOWN#")
            .then(|| Subject::Attempt(&attempt).to_string())
    };
    of_partition_key(pk, |subject| subject.to_string()).or_else(attempt)
}

/// The lane (message group) of the row with these keys, for a record that cannot be decoded; `sk` is `None` when it
/// cannot be read. An attempt has its own, so that a malformed one does not hold up its user's events. `None` when the
/// keys identify no subject.
pub fn lane_from_keys(pk: &str, sk: Option<&str>) -> Option<String> {
    match sk.and_then(attempt_id) {
        Some(attempt) => Some(Subject::Attempt(&attempt).partition_key()),
        None => of_partition_key(pk, |subject| subject.partition_key()),
    }
}

fn attempt_id(sk: &str) -> Option<Cow<'_, str>> {
    identifier(sk.strip_prefix("ATTEMPT#")?)
}

fn of_partition_key(pk: &str, text: impl Fn(Subject<'_>) -> String) -> Option<String> {
    let id = |prefix: &str| identifier(pk.strip_prefix(prefix)?);
    let user = id("USER#").map(|id| text(Subject::User(&id)));
    user.or_else(|| Some(text(Subject::Role(&id("ROLE#")?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_row_name_its_subject_and_its_lane() {
        for (pk, sk, subject, lane) in [
            ("USER#u", Some("ACCOUNT"), Some("users/u"), Some("users/u")),
            ("USER#u", None, Some("users/u"), Some("users/u")),
            ("USER#u", Some("ROLE#r"), Some("users/u"), Some("users/u")),
            ("ROLE#r", Some("ROLE"), Some("roles/r"), Some("roles/r")),
            ("USER#u", Some("ATTEMPT#a"), Some("users/u"), Some("attempts/a")),
            (
                "UNKNOWN#x",
                Some("ATTEMPT#a"),
                Some("attempts/a"),
                Some("attempts/a"),
            ),
            (
                "USER#u",
                Some("ATTEMPT#a%23b"),
                Some("users/u"),
                Some("attempts/a#b"),
            ),
            ("USER#u%23v%25", None, Some("users/u#v%"), Some("users/u#v%")),
            ("UNKNOWN#x", None, None, None),
            ("UNKNOWN#x", Some("ACCOUNT"), None, None),
            ("USER#u#DEVICES", Some("ACCOUNT"), None, None),
            ("EMAIL#ada", Some("GUARD"), None, None),
        ] {
            assert_eq!(subject_from_keys(pk, sk).as_deref(), subject, "{pk}, {sk:?}");
            assert_eq!(lane_from_keys(pk, sk).as_deref(), lane, "{pk}, {sk:?}");
        }
    }
}

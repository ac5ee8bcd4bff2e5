//! A run: one backfill of one subscriber, from its first page to its marker.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use user_events_core::{ScannedItem, Time};

/// The id of a run: 1 to 64 lower-case letters, digits and hyphens, the first no hyphen. It is part of the ids of the
/// run's events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A text is no id of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a run's id has 1 to 64 lower-case letters, digits and hyphens, and does not begin with a hyphen")]
pub struct InvalidRunId;

/// What is the same for all segments of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// When it began, after the live queue was subscribed.
    pub started_at: Time,
}

impl RunId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        ScannedItem::is_run(&text)
            .then_some(Self(text))
            .ok_or(InvalidRunId)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_as_long_as_it_may_be_and_no_longer() {
        let id = |text: &str| RunId::try_from(text.to_owned());
        for text in [
            "a",
            "0",
            "a-",
            &"x".repeat(64),
            "2f1c3d4e-0000-4000-8000-000000000000",
        ] {
            assert_eq!(id(text).unwrap().as_str(), text);
        }
        for text in ["", "-a", "A", "a_b", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(id(text), Err(InvalidRunId), "{text}");
        }
    }
}

//! What the environment says.

use std::fmt;

/// What a consumer is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `CONSUMER_NAME`: whose inbox it is.
    pub name: String,
    /// `INBOX_TABLE`: the table of inbox and outbox.
    pub table: String,
}

/// A variable of the environment is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl Settings {
    /// Fails with the first variable that is not set.
    pub fn from_environment() -> Result<Self, Missing> {
        Ok(Self {
            name: variable("CONSUMER_NAME")?,
            table: variable("INBOX_TABLE")?,
        })
    }

    /// `QUEUE_URL`: where a consumer outside Lambda reads.
    ///
    /// Fails where it is not set.
    pub fn queue_url() -> Result<String, Missing> {
        variable("QUEUE_URL")
    }
}

fn variable(name: &'static str) -> Result<String, Missing> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(Missing(name))
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment lacks {}", self.0)
    }
}

impl std::error::Error for Missing {}

//! Settings from the environment.

use std::fmt;

/// The settings of a consumer.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `CONSUMER_NAME`: the name of the consumer.
    pub name: String,
    /// `INBOX_TABLE`: the table of the inbox and the outbox.
    pub table: String,
}

/// An environment variable that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl Settings {
    /// Reads the settings.
    ///
    /// Fails when a variable is not set; the error names the first one.
    pub fn from_environment() -> Result<Self, Missing> {
        Ok(Self {
            name: variable("CONSUMER_NAME")?,
            table: variable("INBOX_TABLE")?,
        })
    }

    /// `QUEUE_URL`: the queue of a consumer outside Lambda.
    ///
    /// Fails when it is not set.
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
        write!(f, "the environment variable {} is not set", self.0)
    }
}

impl std::error::Error for Missing {}

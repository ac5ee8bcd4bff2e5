//! The error of a policy that SNS would refuse.

use thiserror::Error;

/// Why SNS refuses a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("SNS refuses this filter policy: {}{what}", self.place())]
pub struct PolicyError {
    /// The path of the wrong key; empty if the policy as a whole is wrong.
    pub(crate) path: Vec<String>,
    pub(crate) what: String,
}

impl PolicyError {
    pub(crate) fn whole(what: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            what: what.into(),
        }
    }

    /// The key in backticks, as the start of a message.
    fn place(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!("`{}`: ", self.path.join("."))
        }
    }
}

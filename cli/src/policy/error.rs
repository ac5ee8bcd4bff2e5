//! Why SNS refuses a policy.

use thiserror::Error;

/// Why SNS refuses a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("SNS refuses this filter policy: {}{what}", self.place())]
pub struct PolicyError {
    /// The key that is at fault, from the top; empty where it is the policy as a whole.
    pub(super) path: Vec<String>,
    pub(super) what: String,
}

impl PolicyError {
    pub(super) fn whole(what: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            what: what.into(),
        }
    }

    /// The key in backticks, as a message begins with it.
    fn place(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!("`{}`: ", self.path.join("."))
        }
    }
}

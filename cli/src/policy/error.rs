//! Why SNS refuses a policy.

use std::fmt;

/// Why SNS refuses a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SNS refuses this filter policy: ")?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path.join("."))?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for PolicyError {}

//! What a policy looks at.

use clap::ValueEnum;

/// What a policy looks at: the subscription's `FilterPolicyScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Scope {
    /// The message attributes (`MessageAttributes`).
    #[default]
    #[value(alias = "MessageAttributes")]
    Attributes,
    /// The body, which must be a JSON object (`MessageBody`).
    #[value(alias = "MessageBody")]
    Body,
}

impl Scope {
    /// The value of a subscription's `FilterPolicyScope`.
    pub fn attribute_value(self) -> &'static str {
        match self {
            Self::Attributes => "MessageAttributes",
            Self::Body => "MessageBody",
        }
    }
}

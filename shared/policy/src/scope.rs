//! What a policy looks at.

/// What a policy looks at: the subscription's `FilterPolicyScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Scope {
    /// The message attributes (`MessageAttributes`).
    #[default]
    #[cfg_attr(feature = "clap", value(alias = "MessageAttributes"))]
    Attributes,
    /// The body, which must be a JSON object (`MessageBody`).
    #[cfg_attr(feature = "clap", value(alias = "MessageBody"))]
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

//! SNS filter policies, validated and applied like SNS does (Amazon SNS Developer Guide,
//! *Amazon SNS subscription filter policies*).

mod complexity;
mod error;
mod filter_policy;
mod judge;
mod message;
mod node;
mod numeric;
mod rule;
mod scope;
mod sought;

pub use error::PolicyError;
pub use filter_policy::FilterPolicy;
pub use judge::Verdict;
pub use message::Message;
pub use scope::Scope;
pub use sought::{NumbersOf, Sought};

#[cfg(test)]
mod tests;

//! The schemas as a contract: compared with every release, frozen, and lowered to older drafts.

pub mod compatibility;
mod draft;
mod files;
mod keywords;
pub mod lower;
pub mod registry;
pub mod released;
mod version;

pub use files::{stale, write};
pub use released::releases;
pub use version::Version;

//! Reads received events as types of the catalogue.

mod matching;
mod read;
mod recognition;
mod unknowns;

pub use matching::Matched;
pub use read::{ReadError, Upcast};
pub use recognition::Recognition;
pub use unknowns::{UnknownCounts, Unknowns};

//! The releases: frozen copies of the schemas, one folder per release, and digests that detect a changed copy.
//! `schemas/README.md` describes the folder.

mod digests;
mod freeze;
mod gate;
mod store;

pub use gate::{Finding, Wrong};
pub use store::{Released, Schemas, releases};

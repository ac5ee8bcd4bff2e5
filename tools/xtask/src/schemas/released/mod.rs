//! What was released: frozen copies of the schemas, one folder per release, and the digests that show that none was
//! changed. `schemas/README.md` describes the folder.

mod digests;
mod freeze;
mod gate;
mod store;

pub use gate::{Finding, Wrong};
pub use store::{Released, Schemas, releases};

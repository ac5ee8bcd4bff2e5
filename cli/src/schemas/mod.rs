//! The schemas of the events: printed from their types, compared with every release, frozen, and lowered to older drafts.

mod command;
pub mod compatibility;
mod keywords;
pub mod lower;
mod print;
pub mod registry;
pub mod released;
mod version;

pub use command::{Options, run};
pub use print::{ID_BASE, render, stale, write};
pub use version::Version;

use crate::workspace::Workspace;
use released::Released;

/// The releases of this project.
pub fn releases(workspace: &Workspace) -> Released {
    Released::in_folder(workspace.root().join("schemas/released"))
}

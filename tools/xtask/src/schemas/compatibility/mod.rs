//! Checks whether a schema still serves the readers of an earlier one, and finds the path that breaks them.
//!
//! The rules are in `docs/versioning.md`. Two things decide together. A prover (the crate `jsoncompat`) shows that each
//! event that the one schema allows can be read by the other's readers, both ways. A walk through both schemas says where
//! a proof fails, and adds what the contract promises beyond what can be validated: a field and a listed value stay, a
//! format and the content of what is sealed stay the same.

mod contract;
mod finding;
mod proof;
mod walk;

use anyhow::Result;
use serde_json::Value;

pub use finding::Break;
pub use proof::Readers;

use walk::Walk;

/// The changes that break readers of the released schema, or readers of the current schema when they receive older events.
/// Empty if both are served.
///
/// Fails when one of the two is no schema that an event may have.
pub fn breaks(released: &Value, current: &Value) -> Result<Vec<Break>> {
    let released = contract::promise(released)?;
    let current = contract::promise(current)?;
    let mut walk = Walk::default();
    walk.compare("$", &released, &current)?;
    if walk.found.is_empty() {
        // What the walk does not look into is still proved as a whole.
        for readers in Readers::BOTH {
            if !proof::holds(readers, &released, &current)? {
                let why = proof::explanation(readers, &released, &current)?;
                walk.found.push(Break::unproved(readers, why));
            }
        }
    }
    Ok(walk.found)
}

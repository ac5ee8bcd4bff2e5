//! Checks whether a schema still serves the readers of an earlier one, and finds the path that breaks them.
//!
//! The rules are in `docs/versioning.md`. Two checks decide together. A prover (the crate `jsoncompat`) shows
//! that readers of each schema can read every event that the other allows. A walk through both schemas locates the
//! failure of a proof. It also checks promises beyond validation: fields and listed values stay; formats and the
//! content of sealed members do not change.

mod contract;
mod finding;
mod proof;
mod walk;

use anyhow::Result;
use serde_json::Value;

pub use finding::Break;
pub use proof::Readers;

use walk::Walk;

/// The changes that break readers of the released schema, or readers of the current schema when they receive older
/// events. Empty if both are served.
///
/// Fails when one of the two is not a valid schema of an event.
pub fn breaks(released: &Value, current: &Value) -> Result<Vec<Break>> {
    let released = contract::promise(released)?;
    let current = contract::promise(current)?;
    let mut walk = Walk::default();
    walk.compare("$", &released, &current)?;
    if walk.found.is_empty() {
        // The walk skips some keywords. The proof covers the whole schema.
        for readers in Readers::BOTH {
            if !proof::holds(readers, &released, &current)? {
                let why = proof::explanation(readers, &released, &current)?;
                walk.found.push(Break::unproved(readers, why));
            }
        }
    }
    Ok(walk.found)
}

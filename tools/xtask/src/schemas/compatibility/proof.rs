//! The proof that readers of one schema can read the events of another.

use anyhow::Result;
use jsoncompat::{Role, SchemaDocument, check_compat, explain_compat_failure};
use serde_json::Value;

use super::contract::as_read;

/// The readers that a change may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// Readers of the released schema, who get events of the current one.
    OfTheRelease,
    /// Readers of the current schema, who get events of the release: archived, parked, still in a queue.
    OfTheCurrent,
}

impl Readers {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::OfTheRelease, Self::OfTheCurrent];

    /// Their name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::OfTheRelease => "readers of the release",
            Self::OfTheCurrent => "readers of old events",
        }
    }
}

/// Whether there is a proof that these readers can read the events that they receive. Without a proof they count as
/// broken.
///
/// Fails when one of the two is not a schema.
pub(super) fn holds(readers: Readers, released: &Value, current: &Value) -> Result<bool> {
    let (released, current, role) = sides(readers, released, current)?;
    Ok(check_compat(&released, &current, role)?)
}

/// The prover's reason why there is no proof.
///
/// Fails when one of the two is not a schema.
pub(super) fn explanation(readers: Readers, released: &Value, current: &Value) -> Result<String> {
    let (released, current, role) = sides(readers, released, current)?;
    let explanation = explain_compat_failure(&released, &current, role)?;
    Ok(explanation.unwrap_or_else(|| "no proof was found".to_owned()))
}

fn sides(
    readers: Readers,
    released: &Value,
    current: &Value,
) -> Result<(SchemaDocument, SchemaDocument, Role)> {
    Ok(match readers {
        Readers::OfTheRelease => (
            SchemaDocument::from_json(&as_read(released))?,
            SchemaDocument::from_json(current)?,
            Role::Serializer,
        ),
        Readers::OfTheCurrent => (
            SchemaDocument::from_json(released)?,
            SchemaDocument::from_json(current)?,
            Role::Deserializer,
        ),
    })
}

//! The proof that what one schema promises is within what another one does.

use anyhow::Result;
use jsoncompat::{Role, SchemaDocument, check_compat, explain_compat_failure};
use serde_json::Value;

use super::contract::as_read;

/// Whose reading a change may break.
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

    /// Who they are, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::OfTheRelease => "readers of the release",
            Self::OfTheCurrent => "readers of old events",
        }
    }
}

/// Whether it is proved that these readers can read what they get. What cannot be proved counts as broken.
///
/// Fails when one of the two is no schema.
pub(super) fn holds(readers: Readers, released: &Value, current: &Value) -> Result<bool> {
    let (released, current, role) = sides(readers, released, current)?;
    Ok(check_compat(&released, &current, role)?)
}

/// Why it is not proved, in the words of the prover.
///
/// Fails when one of the two is no schema.
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

//! What a deployment decides about all events that it publishes.

use crate::envelope::thin::Detail;

/// How a deployment names itself in its events, and how much they contain.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The CloudEvents `source`.
    pub source: String,
    /// The beginning of every `dataschema`.
    pub schema_base_uri: String,
    /// The events may have been published before, or are late: they carry the `replay` message attribute.
    pub replay: bool,
    /// How much the events contain.
    pub detail: Detail,
}

impl Default for Publication {
    fn default() -> Self {
        Self {
            source: "/user-service".to_owned(),
            schema_base_uri: "urn:user-events:schemas".to_owned(),
            replay: false,
            detail: Detail::Fat,
        }
    }
}

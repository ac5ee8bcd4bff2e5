//! A write that the page proposes.

use serde::Serialize;

/// A preset as the page lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preset {
    /// How the page names it in a request.
    pub(super) id: String,
    /// Its label.
    pub(super) title: String,
    /// What to expect of it.
    pub(super) hint: String,
}

/// A write for the editor.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Proposal {
    pub(super) table: String,
    pub(super) action: &'static str,
    pub(super) row: String,
    /// What to do with it, if that is not to write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

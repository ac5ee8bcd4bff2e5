//! What is found of a message.

/// What was found of one message.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) place: String,
    pub(super) event_type: Option<String>,
    pub(super) id: Option<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
}

/// What does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The schema's path under `schemas/`; absent where it is no event at all.
    pub(super) schema: Option<String>,
    /// The JSON pointer into the event.
    pub(super) pointer: String,
    /// Where the pointer is at a sealed class: the JSON pointer into what was opened.
    pub(super) opened_pointer: Option<String>,
    pub(super) expected: String,
}

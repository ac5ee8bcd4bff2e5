//! The findings about a message.

/// The findings about one message.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) place: String,
    pub(super) event_type: Option<String>,
    pub(super) id: Option<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
    /// The example key opened the classes.
    pub(super) by_example_key: bool,
}

/// A violation of a schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The schema's path under `schemas/`; absent if the message is not an event.
    pub(super) schema: Option<String>,
    /// The JSON pointer into the event.
    pub(super) pointer: String,
    /// The JSON pointer into the decrypted content, if `pointer` is at a sealed class.
    pub(super) opened_pointer: Option<String>,
    pub(super) expected: String,
}

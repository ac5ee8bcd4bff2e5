//! Guidance for readers of the catalogue that a schema cannot express.

/// What a reader should know of an event type besides its data: whole sentences of plain text, with `code` between
/// backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guide {
    /// The changes of a row that cause the event.
    pub published: &'static str,
    /// Changes that do not cause it, although a reader might expect so.
    pub not_published: &'static str,
    /// What a consumer should do.
    pub consumers: &'static str,
}

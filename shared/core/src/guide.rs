//! What a reader of the catalogue asks and no schema can answer.

/// What to know of an event type beside its data: whole sentences, in plain text; `code` stands between backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guide {
    /// The changes of a row that are the event.
    pub published: &'static str,
    /// Changes that are not, although one could think so.
    pub not_published: &'static str,
    /// What a consumer should do.
    pub consumers: &'static str,
}

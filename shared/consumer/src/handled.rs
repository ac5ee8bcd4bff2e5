//! How an event was handled, and the classes that were opened for it.

/// How an event was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Its effects happened now.
    Done,
    /// It had been handled before.
    Duplicate,
    /// A later event of its lane had been handled before, so its effects were left out.
    Stale,
}

impl Handled {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
        }
    }
}

/// The names of the classes that a handler asked for, by the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Classes {
    pub(crate) opened: Vec<String>,
    pub(crate) denied: Vec<String>,
    pub(crate) erased: Vec<String>,
}

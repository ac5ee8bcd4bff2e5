//! A part of an event's text.

use std::borrow::Cow;
use std::ops::Range;

/// A part of an event's text, or the value of a string that is written there with escapes.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Part(Range<usize>),
    Unescaped(Box<str>),
}

impl Piece {
    /// `part` is borrowed from `text`, or owned.
    pub(super) fn new(text: &str, part: Cow<'_, str>) -> Self {
        match part {
            Cow::Borrowed(part) => {
                // The difference of the addresses is the place in the text.
                let begin = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
                Self::Part(begin..begin + part.len())
            }
            Cow::Owned(value) => Self::Unescaped(value.into_boxed_str()),
        }
    }

    /// The part of this text, which must be the one that the piece was made from.
    pub(super) fn in_text<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Part(range) => text.get(range.clone()).unwrap_or_default(),
            Self::Unescaped(value) => value,
        }
    }
}

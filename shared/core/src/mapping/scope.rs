//! What the values of a rule are taken from: an item, the captures of its keys, and one of its elements.

use std::borrow::Cow;
use std::fmt;

use crate::mapping::path::Path;
use crate::mapping::template::Captured;
use crate::stream::attribute::{Attribute, Image};
use crate::time::Time;

/// What is known of one image of an item while a rule is applied to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) image: &'a Image,
    /// The item before the change, if this is the new image of a changed item.
    pub(super) before: Option<&'a Image>,
    pub(super) captured: &'a Captured<'a>,
    pub(super) element: Option<&'a Element<'a>>,
    pub(super) recorded: Time,
}

/// One element of a set, map, list or text.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// A map's key, a list's identifier, or the text itself.
    pub(super) key: Cow<'a, str>,
    pub(super) value: Found<'a>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Path(Path),
    ElementKey,
    ElementValue,
    ElementPath(Path),
    /// A capture, by its place, with its name.
    Capture {
        place: usize,
        name: String,
    },
}

/// A value that was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    Attribute(&'a Attribute),
    Text(&'a str),
}

/// Why a value does not fit. It names attributes and never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit(pub(super) String);

impl Source {
    /// The value. `None` when it is absent or `NULL`.
    pub(super) fn find<'a>(&self, scope: &Scope<'a>) -> Option<Found<'a>> {
        match self {
            Self::Path(path) => path.find(scope.image).map(Found::Attribute),
            Self::ElementKey => scope.element.map(|element| Found::Text(&element.key)),
            Self::ElementValue => scope.element.map(|element| element.value),
            Self::ElementPath(path) => match scope.element?.value {
                Found::Attribute(attribute) => path.find_within(attribute).map(Found::Attribute),
                Found::Text(_) => None,
            },
            Self::Capture { place, .. } => scope.captured.get(*place).copied().flatten().map(Found::Text),
        }
    }

    /// The error of a value that is not what it should be.
    pub(super) fn is_not(&self, wanted: &str) -> Unfit {
        Unfit(format!("{self} is not {wanted}"))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "`{path}`"),
            Self::ElementKey => f.write_str("the key of an element"),
            Self::ElementValue => f.write_str("an element"),
            Self::ElementPath(path) => write!(f, "`{path}` of an element"),
            Self::Capture { name, .. } => write!(f, "the capture `{name}`"),
        }
    }
}

impl<'a> Found<'a> {
    /// A string, or the digits of a number.
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Attribute(Attribute::S(text) | Attribute::N(text)) => Some(text),
            Self::Attribute(_) => None,
        }
    }
}

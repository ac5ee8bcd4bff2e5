//! Where the sealed classes are in the text of an event.

use std::borrow::Cow;

use super::member::Sealed;
use super::piece::Piece;

/// The members of `data` that have the form of a sealed class, in the order of the event.
#[derive(Debug, Clone)]
pub(super) struct Classes(pub(super) Vec<Place>);

/// Where a sealed class is in the text of its event.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Piece,
    pub(super) sealed: Piece,
    pub(super) data_key: Piece,
    pub(super) key_arn: Piece,
}

impl Classes {
    pub(super) fn new(text: &str, sealed: Vec<(Cow<'_, str>, Sealed<'_>)>) -> Self {
        let place = |(name, class): (Cow<'_, str>, Sealed<'_>)| Place {
            name: Piece::new(text, name),
            sealed: Piece::new(text, class.sealed),
            data_key: Piece::new(text, class.data_key),
            key_arn: Piece::new(text, class.key_arn),
        };
        Self(sealed.into_iter().map(place).collect())
    }
}

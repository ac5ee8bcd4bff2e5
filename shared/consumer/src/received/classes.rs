//! Where the sealed classes are in the text of an event.

use super::member::Sealed;
use super::piece::Piece;

/// The members of `data` that have the form of a sealed class, in the order of the event.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes(pub(super) Vec<Place>);

/// Where a sealed class is in the text of its event.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Box<str>,
    pub(super) sealed: Piece,
    pub(super) data_key: Piece,
    pub(super) key_arn: Piece,
}

impl Classes {
    pub(super) fn add(&mut self, text: &str, name: &str, class: Sealed<'_>) {
        self.0.push(Place {
            name: name.into(),
            sealed: Piece::new(text, class.sealed),
            data_key: Piece::new(text, class.data_key),
            key_arn: Piece::new(text, class.key_arn),
        });
    }
}

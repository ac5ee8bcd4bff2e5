//! Kinds of rows: what an event type reads.

use std::fmt::Debug;

use crate::error::Error;
use crate::stream::row::Reader;
use crate::stream::shape::RowShape;

/// What an event type reads: rows of one shape, or of a few that concern the same thing.
///
/// The columns of a shape are an allow-list: a new column of a table cannot leak into events.
pub trait RowKind: Debug + Sized + 'static {
    /// The shapes of these rows.
    const SHAPES: &'static [RowShape];
    /// The paths below the callback base URL where the User Service serves such a row: `/users/{userId}`. Braces name
    /// identifiers of the row's events. The first path with all of its identifiers present is the row's.
    const RESOURCES: &'static [&'static str];
    /// Whether these rows are virtual: made of the tombstones of the table of persons' keys. A row of a user table is never of
    /// such a kind, whatever its keys are.
    const FROM_SUBJECT_KEYS: bool = false;
    /// What is read of a row that was removed: its identifiers, and what its event says besides. It is
    /// [`Infallible`](std::convert::Infallible) if no removal of such a row is an event.
    type Removed: Debug + 'static;

    /// Reads a row that was written: identifiers from the keys, attributes from the image.
    ///
    /// Fails with [`Code::RowDoesNotFit`](crate::Code::RowDoesNotFit) when a required attribute is missing or an attribute has another type.
    fn read(row: &Reader) -> Result<Self, Error>;

    /// Reads a row that was removed. It needs its identifiers and what decides the event; anything else may be missing or
    /// wrong. `None` when the removal is no event.
    ///
    /// Fails with [`Code::RowDoesNotFit`](crate::Code::RowDoesNotFit) when one of these cannot be read.
    fn read_removed(row: &Reader) -> Result<Option<Self::Removed>, Error>;
}

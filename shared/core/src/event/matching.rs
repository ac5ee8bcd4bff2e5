//! Deriving one event type from a change, with the row that was read kept for the next type.

use std::any::Any;

use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::event::Event;
use crate::stream::change::StreamRecord;
use crate::stream::row::Reader;
use crate::stream::row_change::{ReadRow, RowChange};
use crate::stream::row_kind::RowKind;

/// What a change is to an event type.
pub(super) enum Match {
    /// The row is of another kind.
    OtherKind,
    /// The row is of the kind, and the change is no such event.
    OtherEvent,
    Event(DerivedEvent),
}

/// The row as it was last read, for reuse: neighbours in the registry read the same kind.
#[derive(Default)]
pub(super) struct LastRow {
    row: Option<Box<dyn Any>>,
    /// How many values of enumerations were read that this version does not know.
    pub(super) unknown_values: u64,
}

/// What the change of a record is to an event type.
///
/// Fails when the row is of the type's kind and does not fit it.
pub(super) fn derive_one<E: Event>(
    category: &'static str,
    record: &StreamRecord,
    last_row: &mut LastRow,
) -> Result<Match, Error> {
    if record.from_subject_keys != E::Row::FROM_SUBJECT_KEYS {
        return Ok(Match::OtherKind);
    }
    let Some(reader) = Reader::new(E::Row::SHAPES, &record.keys, record.change.image()) else {
        return Ok(Match::OtherKind);
    };
    let change = RowChange::new(last_row.get_or_read::<E::Row>(&reader, record)?, record);
    Ok(match E::derive(&change) {
        Some(event) => Match::Event(DerivedEvent::new(category, event)),
        None => Match::OtherEvent,
    })
}

impl LastRow {
    fn get_or_read<R: RowKind>(
        &mut self,
        reader: &Reader,
        record: &StreamRecord,
    ) -> Result<&ReadRow<R>, Error> {
        if !self.row.as_ref().is_some_and(|row| row.is::<ReadRow<R>>()) {
            self.row = Some(Box::new(ReadRow::<R>::read(reader, &record.change)?));
            self.unknown_values += reader.unknown_values();
        }
        match self.row.as_ref().and_then(|row| row.downcast_ref()) {
            Some(row) => Ok(row),
            None => unreachable!("the line above read the row as this kind"),
        }
    }
}

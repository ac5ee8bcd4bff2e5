//! The pipeline: decode, map, derive, envelope, seal. The only place where these steps are composed.
//!
//! A publisher takes the steps one by one, because it does something between them: it asks for data keys, and it skips
//! events that were accepted before. [`sealed_events`] takes all of them, for callers that have every key.

use std::iter::Enumerate;
use std::vec::IntoIter;

use crate::envelope::envelope::Envelope;
use crate::envelope::message::SealedEnvelope;
use crate::envelope::publication::Publication;
use crate::error::{Code, Error};
use crate::event::derivation::{Derivation, DerivedEvents, derive_all};
use crate::event::derived::DerivedEvent;
use crate::event::registry::Category;
use crate::event::subject::{Subject, lane_from_keys};
use crate::mapping::mapping::Mapping;
use crate::mapping::table::MappedChange;
use crate::sealing::content_key::NONCE_BYTES;
use crate::sealing::seal::KeyRing;
use crate::stream::change::StreamRecord;
use crate::stream::decode;
use crate::stream::erasure::{KeyChange, erased_user, key_change};
use crate::stream::item::Item;
use crate::stream::origin::Origin;
use crate::stream::raw::RawRecord;
use crate::stream::scan::ScannedItem;

/// The most events that one record can become. With a mapping, an item can hold many rows. The position in `sequence`
/// has four digits.
pub const MAX_EVENTS: usize = 1_000;

/// A decoded record: the change of a row of the native shape, or the change of an item that a mapping turned into changes
/// of rows.
#[derive(Debug)]
pub struct Decoded(Shape);

#[derive(Debug)]
enum Shape {
    Native(StreamRecord),
    Mapped(Item, MappedChange),
    /// A change of the table of persons' keys that is no event.
    KeyTable(Origin),
}

/// The envelopes of a record's events, in order. Each is made when the iterator reaches it.
#[derive(Debug)]
pub struct Envelopes<'a> {
    events: Enumerate<IntoIter<DerivedEvent>>,
    unknown_values: u64,
    records: &'a [StreamRecord],
    publication: &'a Publication,
}

/// Decodes a record, and maps it if the mapping is for its table. No mapping is for the table of persons' keys: a tombstone
/// in it is the insertion of a virtual row.
///
/// Fails as [`crate::decode`] does, and with [`Code::RowDoesNotFit`] when a rule matches an item that does not fit it.
pub fn decode(mapping: Option<&Mapping>, raw: &RawRecord<'_>) -> Result<Decoded, Error> {
    if raw.is_of_subject_keys() {
        return Ok(Decoded(match key_change(raw)? {
            KeyChange::Erased(record) => Shape::Native(*record),
            KeyChange::Other(origin) => Shape::KeyTable(origin),
        }));
    }
    let shape = match mapping.and_then(|mapping| mapping.change(raw)) {
        Some(mapped) => {
            let (item, change) = mapped?;
            Shape::Mapped(item, change)
        }
        None => Shape::Native(decode::decode(raw)?),
    };
    Ok(Decoded(shape))
}

/// Decodes an item that a backfill read, and maps it if the mapping is for its table. Its rows are as if they were new.
///
/// Fails when the item has no keys, and with [`Code::RowDoesNotFit`] when a rule matches an item that does not fit it.
pub fn decode_scanned(mapping: Option<&Mapping>, item: ScannedItem) -> Result<Decoded, Error> {
    let shape = match mapping.and_then(|mapping| mapping.table(&item.table)) {
        Some(table) => {
            let (item, change) = table.scanned(item)?;
            Shape::Mapped(item, change)
        }
        None => Shape::Native(item.into_record()?),
    };
    Ok(Decoded(shape))
}

/// The message group (ordering key) of a record that cannot become events. `None` when its keys identify no subject.
pub fn lane(mapping: Option<&Mapping>, raw: &RawRecord<'_>) -> Option<String> {
    if raw.is_of_subject_keys() {
        return erased_user(raw).map(|user| Subject::Erasure(&user).partition_key());
    }
    if let Some(keys) = mapping.and_then(|mapping| mapping.keys(raw)) {
        let keys = keys?;
        return lane_from_keys(&keys.pk, Some(&keys.sk));
    }
    let (pk, sk) = raw.keys()?;
    lane_from_keys(&pk, sk.as_deref())
}

/// Derives the events of a decoded record and wraps them. `None` when no event of the categories reads rows of this kind,
/// or no rule of the mapping matches the item.
///
/// Fails when the row does not fit its kind, and when there are more than [`MAX_EVENTS`] events. An envelope of the iterator
/// fails as [`Envelope::new`] does.
pub fn envelopes<'a>(
    categories: &[&'static Category],
    decoded: &'a Decoded,
    publication: &'a Publication,
) -> Result<Option<Envelopes<'a>>, Error> {
    if !decoded.is_matched() {
        return Ok(None);
    }
    let records = decoded.records();
    let events = match derive_all(categories, records)? {
        Derivation::Events(events) => events,
        // A rule matched the item, and no row changed, or none of these categories.
        Derivation::UnknownKind if decoded.is_mapped() => DerivedEvents::default(),
        Derivation::UnknownKind => return Ok(None),
    };
    let envelopes = Envelopes::new(events, records, publication);
    if envelopes.len() > MAX_EVENTS {
        let message = format!("the record would become more than {MAX_EVENTS} events");
        return Err(Error::new(Code::RowDoesNotFit, message));
    }
    Ok(Some(envelopes))
}

/// The sealed events of a raw record: all steps at once. `keys` returns the data keys of an envelope's classes. `None`
/// when no event of the categories reads rows of this kind.
///
/// Fails when the record cannot be decoded, its row does not fit its kind, or one of its events cannot be sealed.
pub fn sealed_events(
    categories: &[&'static Category],
    mapping: Option<&Mapping>,
    record: &RawRecord<'_>,
    publication: &Publication,
    keys: impl Fn(&Envelope) -> KeyRing,
    nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    let decoded = decode(mapping, record)?;
    let Some(envelopes) = envelopes(categories, &decoded, publication)? else {
        return Ok(None);
    };
    let sealed = envelopes.map(|envelope| {
        let envelope = envelope?;
        let keys = keys(&envelope);
        envelope.seal(&keys, nonce)
    });
    sealed.collect::<Result<_, _>>().map(Some)
}

impl From<StreamRecord> for Decoded {
    /// The change of a row of the native shape.
    fn from(record: StreamRecord) -> Self {
        Self(Shape::Native(record))
    }
}

impl Decoded {
    /// The changes of rows: one if the table has the native shape; none or more if a mapping made them.
    pub fn records(&self) -> &[StreamRecord] {
        match &self.0 {
            Shape::Native(record) => std::slice::from_ref(record),
            Shape::Mapped(_, change) => &change.records,
            Shape::KeyTable(_) => &[],
        }
    }

    /// Where the record was found.
    pub fn origin(&self) -> &Origin {
        match &self.0 {
            Shape::Native(record) => &record.origin,
            Shape::Mapped(item, _) => &item.origin,
            Shape::KeyTable(origin) => origin,
        }
    }

    /// The text of an attribute of the item; of a removed one, before its removal. The mapping has to read it:
    /// [`Mapping::with_attribute`].
    pub fn text(&self, attribute: &str) -> Option<&str> {
        match &self.0 {
            Shape::Native(record) => record.change.image().text(attribute),
            Shape::Mapped(item, _) => item.change.image().text(attribute),
            Shape::KeyTable(_) => None,
        }
    }

    /// Whether a mapping was for the record's table.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Shape::Mapped(..))
    }

    /// Whether it is of the table of persons' keys.
    pub fn is_of_subject_keys(&self) -> bool {
        match &self.0 {
            Shape::Native(record) => record.from_subject_keys,
            Shape::Mapped(..) => false,
            Shape::KeyTable(_) => true,
        }
    }

    /// Whether a rule of the mapping matched the item. A row of the native shape needs none.
    fn is_matched(&self) -> bool {
        match &self.0 {
            Shape::Native(_) => true,
            Shape::Mapped(_, change) => change.matched,
            Shape::KeyTable(_) => false,
        }
    }
}

impl<'a> Envelopes<'a> {
    /// The envelopes of these events of a record, which changed these rows.
    pub fn new(events: DerivedEvents, records: &'a [StreamRecord], publication: &'a Publication) -> Self {
        Self {
            unknown_values: events.unknown_values(),
            events: events.into_iter().enumerate(),
            records,
            publication,
        }
    }

    /// How many values of open enumerations the rows hold that this version does not know. Events say them as they are.
    pub fn unknown_values(&self) -> u64 {
        self.unknown_values
    }
}

impl Iterator for Envelopes<'_> {
    type Item = Result<Envelope, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (position, event) = self.events.next()?;
        let record = self.records.get(event.row)?;
        let envelope = Envelope::new(event, position, record, self.publication);
        Some(envelope.map_err(|error| record.explain(error)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.events.size_hint()
    }
}

impl ExactSizeIterator for Envelopes<'_> {}

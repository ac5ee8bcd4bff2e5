//! The pipeline: decode, derive, envelope, seal. The only place where these steps are composed.
//!
//! A publisher takes the steps one by one, because it does something between them: it asks for data keys, and it skips
//! events that were accepted before. [`sealed_events`] takes all of them, for callers that have every key.

use std::iter::Enumerate;
use std::vec::IntoIter;

use crate::envelope::envelope::Envelope;
use crate::envelope::message::SealedEnvelope;
use crate::envelope::publication::Publication;
use crate::error::Error;
use crate::event::derived::DerivedEvent;
use crate::event::registry::{Category, Derivation, DerivedEvents, derive};
use crate::sealing::seal::{KeyRing, NONCE_BYTES};
use crate::stream::change::StreamRecord;
use crate::stream::decode::decode;
use crate::stream::raw::RawRecord;

/// The envelopes of a record's events, in order. Each is made when the iterator reaches it.
#[derive(Debug)]
pub struct Envelopes<'a> {
    events: Enumerate<IntoIter<DerivedEvent>>,
    unknown_values: u64,
    record: &'a StreamRecord,
    publication: &'a Publication,
}

/// Derives the events of a decoded record and wraps them. `None` when no event of the categories reads rows of this kind.
///
/// Fails when the row does not fit its kind. An envelope of the iterator fails as [`Envelope::new`] does.
pub fn envelopes<'a>(
    categories: &[&'static Category],
    record: &'a StreamRecord,
    publication: &'a Publication,
) -> Result<Option<Envelopes<'a>>, Error> {
    match derive(categories, record)? {
        Derivation::Events(events) => Ok(Some(Envelopes::new(events, record, publication))),
        Derivation::UnknownKind => Ok(None),
    }
}

/// The sealed events of a raw record: all steps at once. `keys` returns the data keys of an envelope's classes. `None`
/// when no event of the categories reads rows of this kind.
///
/// Fails when the record cannot be decoded, its row does not fit its kind, or one of its events cannot be sealed.
pub fn sealed_events(
    categories: &[&'static Category],
    record: &RawRecord,
    publication: &Publication,
    keys: impl Fn(&Envelope) -> KeyRing,
    nonce: &mut dyn FnMut() -> Result<[u8; NONCE_BYTES], Error>,
) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    let record = decode(record)?;
    let Some(envelopes) = envelopes(categories, &record, publication)? else {
        return Ok(None);
    };
    let sealed = envelopes.map(|envelope| {
        let envelope = envelope?;
        let keys = keys(&envelope);
        envelope.seal(&keys, nonce)
    });
    sealed.collect::<Result<_, _>>().map(Some)
}

impl<'a> Envelopes<'a> {
    /// The envelopes of these events of a record.
    pub fn new(events: DerivedEvents, record: &'a StreamRecord, publication: &'a Publication) -> Self {
        Self {
            unknown_values: events.unknown_values(),
            events: events.into_iter().enumerate(),
            record,
            publication,
        }
    }

    /// How many values of open enumerations the row holds that this version does not know. Events say them as they are.
    pub fn unknown_values(&self) -> u64 {
        self.unknown_values
    }
}

impl Iterator for Envelopes<'_> {
    type Item = Result<Envelope, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (position, event) = self.events.next()?;
        Some(Envelope::new(event, position, self.record, self.publication))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.events.size_hint()
    }
}

impl ExactSizeIterator for Envelopes<'_> {}

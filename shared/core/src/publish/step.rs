//! The steps of a lane (message group), and what becomes of them.

use crate::envelope::envelope::Envelope;
use crate::envelope::message::SealedEnvelope;
use crate::error::Error;
use crate::publish::batch::Entry;

/// One step of a record, for its turn in the lane.
#[derive(Debug)]
pub enum Step {
    /// Seal the event, then publish it.
    Seal(Box<Envelope>),
    /// Publish the event.
    Publish(Entry),
    /// Park the whole record: move it to the parking-lot queue.
    Park {
        /// Why.
        error: Error,
        /// How often that failed.
        attempts: u32,
    },
}

/// A key that an event waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// The data key of this class.
    DataKey(&'static str),
    /// The key of this person: a subject such as `users/42`.
    SubjectKey(String),
}

/// Why an event cannot be sealed in its turn.
#[derive(Debug)]
pub enum NotSealed {
    /// This key is missing: the lane waits for [`crate::Lanes::unlock`].
    KeyMissing(Box<Envelope>, Lock),
    /// Retrying cannot help: the record is parked.
    Unsealable(Error),
    /// The cause may pass, but not soon: the lane stops until the record is delivered again.
    Stopped,
}

/// Seals an event in its turn.
pub type Sealer<'a> = dyn FnMut(Box<Envelope>) -> Result<SealedEnvelope, NotSealed> + 'a;

/// A record to park. Its lane waits until the parking is done.
#[derive(Debug)]
pub struct Parking {
    /// The record's position in the invocation.
    pub record: usize,
    /// Why.
    pub error: Error,
    /// How often that failed.
    pub attempts: u32,
    pub(super) lane: usize,
    pub(super) turn: usize,
}

/// What the outcomes of a batch lead to.
#[derive(Debug, Default)]
pub struct Settled {
    /// The entries that the topic accepted.
    pub accepted: Vec<Entry>,
    /// The entries to send again after a pause, with [`crate::Lanes::again`]. Their lanes wait until then.
    pub retry: Vec<Entry>,
    /// How many entries were not accepted although a later one of their lane was. They are marked as replayed.
    pub overtaken: u64,
}

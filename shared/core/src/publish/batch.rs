//! A batch: the events of one `PublishBatch` call.

use crate::envelope::message::SealedEnvelope;

/// The most entries of one call (Amazon SNS API Reference, *PublishBatch*).
pub const MAX_ENTRIES: usize = 10;

/// One event in a batch, with its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record's position in the invocation.
    pub record: usize,
    /// The event.
    pub event: SealedEnvelope,
    /// How often it was sent and not accepted.
    pub attempts: u32,
    /// A call with this entry was refused as a whole. It is sent alone, to find out which entry is at fault.
    pub alone: bool,
    /// Its turn among all steps of the invocation.
    pub(super) turn: usize,
}

impl Entry {
    /// An entry that was not sent yet.
    pub fn new(record: usize, event: SealedEnvelope) -> Self {
        Self {
            record,
            event,
            attempts: 0,
            alone: false,
            turn: 0,
        }
    }
}

/// The outcome of an entry that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The topic listed it as accepted.
    Accepted,
    /// The topic refused it and named the sender as the cause: retrying cannot help.
    Rejected,
    /// The call was refused as a whole because of its content: at least one of its entries is at fault.
    Suspect,
    /// Anything else, including no answer.
    Retryable,
}

/// Entries of one category that fit into one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Batch {
    /// Whether the entry fits into the call beside the others: by number, and by the sum of bytes.
    pub fn has_room_for(&self, entry: &Entry, max_bytes: usize) -> bool {
        !self.is_full() && self.bytes + entry.event.bytes() <= max_bytes
    }

    /// Whether it has as many entries as a call can have.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= MAX_ENTRIES
    }

    /// Adds the entry.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.event.bytes();
        self.entries.push(entry);
    }

    /// The entries, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of all entries together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the entries out.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(lane: usize, body_bytes: usize) -> Entry {
        let event = SealedEnvelope {
            id: lane.to_string(),
            category: "account",
            deprecated: None,
            partition_key: lane.to_string(),
            body: "x".repeat(body_bytes),
            attributes: Vec::new(),
        };
        Entry::new(lane, event)
    }

    #[test]
    fn a_batch_is_full_at_ten_entries() {
        let mut batch = Batch::default();
        for lane in 0..10 {
            assert!(batch.has_room_for(&entry(lane, 1), 1_000) && !batch.is_full());
            batch.push(entry(lane, 1));
        }
        assert!(!batch.has_room_for(&entry(10, 1), 1_000) && batch.is_full());
    }

    #[test]
    fn a_batch_is_full_at_exactly_the_byte_limit() {
        let mut batch = Batch::default();
        batch.push(entry(0, 600));
        assert!(
            !batch.has_room_for(&entry(1, 401), 1_000),
            "one byte past the limit"
        );
        assert!(batch.has_room_for(&entry(1, 400), 1_000));
        batch.push(entry(1, 400));
        assert_eq!(batch.bytes(), 1_000);
    }
}

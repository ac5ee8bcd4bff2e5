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
    /// Adds the entry. Returns it when it does not fit: when the batch is full, when the sum would exceed the topic's
    /// limit, when the batch has another category, or when one of the two must be sent alone.
    #[must_use = "an entry that is returned must be sent later"]
    pub fn push(&mut self, entry: Entry, max_bytes: usize) -> Option<Entry> {
        let bytes = self.bytes + entry.event.bytes();
        let joins =
            |first: &Entry| first.event.category == entry.event.category && !first.alone && !entry.alone;
        let fits = self.entries.len() < MAX_ENTRIES && bytes <= max_bytes;
        if !fits || !self.entries.first().is_none_or(joins) {
            return Some(entry);
        }
        self.bytes = bytes;
        self.entries.push(entry);
        None
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
        Entry {
            record: lane,
            event,
            attempts: 0,
            alone: false,
        }
    }

    #[test]
    fn a_batch_is_full_at_ten_entries() {
        let mut batch = Batch::default();
        for lane in 0..10 {
            assert_eq!(batch.push(entry(lane, 1), 1_000), None);
        }
        assert_eq!(batch.push(entry(10, 1), 1_000), Some(entry(10, 1)));
    }

    #[test]
    fn a_batch_is_full_at_exactly_the_byte_limit() {
        let mut batch = Batch::default();
        assert_eq!(batch.push(entry(0, 600), 1_000), None);
        assert!(
            batch.push(entry(1, 401), 1_000).is_some(),
            "one byte past the limit"
        );
        assert_eq!(batch.push(entry(1, 400), 1_000), None);
        assert_eq!(batch.bytes(), 1_000);
    }

    #[test]
    fn a_batch_holds_one_category_and_an_entry_that_must_be_alone_is_alone() {
        let mut batch = Batch::default();
        assert_eq!(batch.push(entry(0, 1), 1_000), None);
        let mut other = entry(1, 1);
        other.event.category = "profile";
        assert!(batch.push(other, 1_000).is_some());
        assert!(
            batch
                .push(
                    Entry {
                        alone: true,
                        ..entry(2, 1)
                    },
                    1_000
                )
                .is_some()
        );
        let mut alone = Batch::default();
        assert_eq!(
            alone.push(
                Entry {
                    alone: true,
                    ..entry(2, 1)
                },
                1_000
            ),
            None
        );
        assert!(alone.push(entry(3, 1), 1_000).is_some());
    }
}

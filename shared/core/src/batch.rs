//! A batch: what one `PublishBatch` call carries.

use crate::envelope::SealedEnvelope;

/// The entries that one call may carry (Amazon SNS API Reference, *PublishBatch*).
pub const MAX_ENTRIES: usize = 10;

/// One message attribute, in SNS's own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttribute {
    /// The name that filter policies use.
    pub name: &'static str,
    /// `String`, `Number` or `String.Array`.
    pub data_type: &'static str,
    /// The value as text.
    pub value: String,
}

/// One event in a batch, with the record it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record's place in the invocation.
    pub record: usize,
    /// The event.
    pub event: SealedEnvelope,
    /// How often it was sent without being accepted.
    pub attempts: u32,
    /// A call that it was part of was refused as a whole: it is sent alone, so that it answers for itself.
    pub alone: bool,
}

/// Entries of one category that fit into one call together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    entries: Vec<Entry>,
    bytes: usize,
}

impl MessageAttribute {
    /// A `String`.
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            data_type: "String",
            value: value.into(),
        }
    }

    /// A `Number`.
    pub fn number(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            data_type: "Number",
            value: value.into(),
        }
    }

    /// A `String.Array`, whose value is a JSON array.
    pub fn texts(name: &'static str, values: &[&str]) -> Self {
        let value = serde_json::Value::from(values).to_string();
        Self {
            name,
            data_type: "String.Array",
            value,
        }
    }
}

impl SealedEnvelope {
    /// What the event counts against the topic's limit: the body and every attribute's name, type and value,
    /// in UTF-8 bytes (Amazon SNS Developer Guide, *Message attributes*).
    pub fn bytes(&self) -> usize {
        let attribute = |attribute: &MessageAttribute| {
            attribute.name.len() + attribute.data_type.len() + attribute.value.len()
        };
        self.body.len() + self.attributes.iter().map(attribute).sum::<usize>()
    }
}

impl Batch {
    /// Adds the entry, or gives it back where the batch is full, where the sum would pass the topic's limit,
    /// where the batch is another category's, and where one of the two must be sent alone.
    #[must_use = "an entry that is given back must be sent later"]
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

    /// The entries, in the order they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of all entries together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entries, taken out.
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
    fn attributes_count_with_their_names_and_types() {
        let mut one = entry(0, 10);
        one.event
            .attributes
            .push(MessageAttribute::text("eventType", "é"));
        assert_eq!(
            one.event.bytes(),
            10 + "eventType".len() + "String".len() + "é".len()
        );
    }

    #[test]
    fn a_batch_holds_one_category_and_whoever_is_sent_alone_is_alone() {
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

//! The message that leaves: a sealed envelope.

use crate::event::event::EventType;

/// An envelope that may leave: a body, and the message attributes that filter policies see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEnvelope {
    /// The event's id, which is also the FIFO deduplication id.
    pub id: String,
    /// The category. The event goes to its topic.
    pub category: &'static str,
    /// The lane: the FIFO message group.
    pub partition_key: String,
    /// The CloudEvents document.
    pub body: String,
    /// The type, if it has a sunset.
    pub deprecated: Option<EventType>,
    /// The message attributes, six at most.
    pub attributes: Vec<MessageAttribute>,
}

/// One message attribute, in the terms of SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttribute {
    /// The name that filter policies use.
    pub name: &'static str,
    /// `String`, `Number` or `String.Array`.
    pub data_type: &'static str,
    /// The value as text.
    pub value: String,
}

impl SealedEnvelope {
    /// How many bytes the mark of a replay can add.
    pub const REPLAY_BYTES: usize = "replay".len() + "String".len() + "true".len();

    /// The size that counts against the topic's limit: the body, and the name, type and value of every attribute, in
    /// UTF-8 bytes (Amazon SNS Developer Guide, *Message attributes*).
    pub fn bytes(&self) -> usize {
        let attribute = |attribute: &MessageAttribute| {
            attribute.name.len() + attribute.data_type.len() + attribute.value.len()
        };
        self.body.len() + self.attributes.iter().map(attribute).sum::<usize>()
    }

    /// Marks the event as replayed: a later event of its lane may be published already.
    pub(crate) fn mark_replayed(&mut self) {
        // Six at most, so a replay does not repeat the sunset that the first publication announced.
        self.attributes
            .retain(|attribute| !["replay", "sunset"].contains(&attribute.name));
        self.attributes.push(MessageAttribute::text("replay", "true"));
    }

    /// The value of the message attribute with this name; `None` when the event has no such attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|attribute| attribute.name == name)?;
        Some(&found.value)
    }
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

    /// A `String.Array`. Its value is a JSON array.
    pub fn texts(name: &'static str, values: &[&str]) -> Self {
        let value = serde_json::Value::from(values).to_string();
        Self {
            name,
            data_type: "String.Array",
            value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_count_with_their_names_and_types() {
        let event = SealedEnvelope {
            id: String::new(),
            category: "account",
            partition_key: String::new(),
            body: "x".repeat(10),
            deprecated: None,
            attributes: vec![MessageAttribute::text("eventType", "é")],
        };
        assert_eq!(event.bytes(), 10 + "eventType".len() + "String".len() + "é".len());
        assert_eq!(event.attribute("eventType"), Some("é"));
        assert_eq!(event.attribute("sunset"), None);
    }
}

//! What a deployment decides about the events of a redriven record, as far as its stack says it.

use user_events_catalog::CATEGORIES;
use user_events_core::{Mapping, Publication};

use crate::stack::Outputs;

/// The default of the parameter `MaxMessageBytes`.
const MAX_MESSAGE_BYTES: usize = 262_144;

/// How a deployment publishes redriven records.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// Its mapping. `None`: no file was given, or the tables have the native shape.
    pub(crate) mapping: Option<Mapping>,
    /// How it names itself, and how much its events contain.
    pub(crate) publication: Publication,
    /// The most bytes that its topics accept in one message.
    pub(crate) max_message_bytes: usize,
    /// The name of its table of persons' keys, if it has one.
    pub(crate) subject_keys_table: Option<String>,
}

impl Default for Deployment {
    /// One with the defaults of the template.
    fn default() -> Self {
        Self {
            mapping: None,
            publication: Publication {
                replay: true,
                ..Publication::default()
            },
            max_message_bytes: MAX_MESSAGE_BYTES,
            subject_keys_table: None,
        }
    }
}

impl Deployment {
    /// As the stack says it, with this mapping. Without a stack, with the defaults of the template.
    pub(crate) fn new(outputs: Option<&Outputs>, mapping: Option<Mapping>) -> Self {
        let standard = Self {
            mapping,
            ..Self::default()
        };
        let Some(outputs) = outputs else {
            return standard;
        };
        let bytes = outputs.parameter("MaxMessageBytes");
        Self {
            publication: Publication {
                replay: true,
                ..outputs.publication(CATEGORIES)
            },
            max_message_bytes: bytes
                .and_then(|text| text.parse().ok())
                .unwrap_or(MAX_MESSAGE_BYTES),
            subject_keys_table: outputs.output("SubjectKeysTableName").map(str::to_owned),
            ..standard
        }
    }
}

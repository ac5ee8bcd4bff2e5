//! The presets and their cases: `mappings/<name>.yaml` and `tests/mappings/<name>.json`.

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_nonce;
use user_events_core::pipeline::sealed_events;
use user_events_core::{Error, Mapping, Publication, SealedEnvelope, sample_record, shapes, stream_record};

use crate::support::{key_ring, publication, root};

/// The presets, by the name of their file.
pub(super) const PRESETS: [&str; 5] = [
    "authjs",
    "better-auth",
    "amplify",
    "aspnet-identity",
    "single-table",
];

/// A mapping of a framework, and the framework's writes.
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) mapping: Mapping,
    pub(crate) cases: Vec<Case>,
}

/// A write, and the events that must come of it: exactly these, in this order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) table: String,
    /// The item before, in DynamoDB's own types; absent for an insertion.
    pub(super) old: Option<Map<String, Value>>,
    /// The item now; absent for a removal.
    pub(crate) new: Option<Map<String, Value>>,
    /// Whether DynamoDB removed the item after its time to live.
    #[serde(default)]
    pub(super) ttl: bool,
    pub(super) events: Vec<Expected>,
}

/// An event that a case expects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(super) r#type: String,
    pub(super) subject: String,
    /// Some of its data, with opened classes. The golden files have all of it.
    #[serde(default)]
    pub(super) data: Map<String, Value>,
}

impl Preset {
    /// All presets.
    pub(crate) fn all() -> Vec<Self> {
        PRESETS.into_iter().map(Self::read).collect()
    }

    /// The text of its file.
    pub(crate) fn text(&self) -> String {
        text(self.name)
    }

    fn read(name: &'static str) -> Self {
        let cases = std::fs::read_to_string(root().join(format!("tests/mappings/{name}.json"))).unwrap();
        Self {
            name,
            mapping: mapping(&text(name)),
            cases: serde_json::from_str(&cases).unwrap_or_else(|error| panic!("{name}: {error}")),
        }
    }
}

impl Case {
    /// The stream record of the write.
    pub(crate) fn record(&self, mapping: &Mapping) -> Value {
        record(
            mapping,
            &self.table,
            self.old.as_ref(),
            self.new.as_ref(),
            self.ttl,
        )
    }
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("mappings/{name}.yaml"))).unwrap()
}

/// Reads a mapping that must be without problems.
pub(super) fn mapping(text: &str) -> Mapping {
    Mapping::read(text, &shapes(CATEGORIES)).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// A stream record of an item of a mapped table, with the keys that the mapping names.
pub(super) fn record(
    mapping: &Mapping,
    table: &str,
    old: Option<&Map<String, Value>>,
    new: Option<&Map<String, Value>>,
    ttl: bool,
) -> Value {
    let image = |item: Option<&Map<String, Value>>| item.cloned().map(Value::Object);
    let mut record = stream_record(table, image(old), image(new));
    if let Some(mapped) = mapping.table(table) {
        let item = new.or(old).unwrap();
        let names = [Some(mapped.partition_key()), mapped.sort_key()];
        let keys = names
            .into_iter()
            .flatten()
            .map(|name| (name.to_owned(), item[name].clone()));
        record["dynamodb"]["Keys"] = Value::Object(keys.collect());
    }
    if ttl {
        record["userIdentity"] = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
    }
    record
}

/// The sealed events of a record by a mapping; `None` if no rule reads the item.
pub(super) fn events(mapping: &Mapping, record: &Value) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    events_of(&publication(), mapping, record)
}

/// The same, in a deployment that publishes so.
pub(super) fn events_of(
    publication: &Publication,
    mapping: &Mapping,
    record: &Value,
) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    let raw: Box<RawValue> = to_raw_value(record).unwrap();
    sealed_events(
        CATEGORIES,
        Some(mapping),
        &sample_record(&raw),
        publication,
        |_| key_ring(),
        &mut sample_nonce,
    )
}

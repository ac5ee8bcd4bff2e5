//! Thin events: what happened to whom and when, and where to ask for the rest.
//!
//! One rule makes the thin form of every event from its own schema: identifiers, times and the names of changed
//! attributes stay, the version of the row and a callback are added, and nothing else is told. There is nothing to seal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::Schema;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::change::{Change, StreamRecord};
use crate::error::{Code, Error};
use crate::event::Fact;
use crate::example::add_example;
use crate::registry::{Category, EventType, Registration};

/// What stands for itself in a path segment, in whichever URL (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How much the events of a deployment tell.
#[derive(Debug, Clone, Default)]
pub enum Detail {
    /// All that the catalogue says, personal data sealed.
    #[default]
    Fat,
    /// Identifiers, times, names of changed attributes, and where to ask for the rest.
    Thin(Thin),
}

/// The thin form of the events of some categories.
#[derive(Debug, Clone)]
pub struct Thin {
    callback_base_url: Arc<str>,
    forms: Arc<BTreeMap<EventType, Form>>,
}

/// The thin form of one event type.
#[derive(Debug)]
struct Form {
    fields: BTreeSet<String>,
    resources: &'static [&'static str],
}

/// The data of a thin event, as a reader finds it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThinEvent {
    /// Where to ask for the row, in a version that knows of this event.
    pub callback: String,
    /// The version of the row; the last one of a row that was removed. Absent where the row has none.
    pub version: Option<u64>,
    /// The names of the attributes that changed; absent where the event type does not tell them.
    pub changed_fields: Option<Vec<String>>,
    /// Identifiers and times by their names, and whatever a later version of the catalogue adds.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

impl Thin {
    /// The thin form of the events of these categories, with callbacks below that URL, which does not end in a slash.
    pub fn new(categories: &[&'static Category], callback_base_url: &str) -> Self {
        Self::of(
            categories.iter().flat_map(|category| category.events),
            callback_base_url,
        )
    }

    /// The thin form of these events.
    pub(crate) fn of<'a>(
        registrations: impl IntoIterator<Item = &'a Registration>,
        callback_base_url: &str,
    ) -> Self {
        let forms = registrations.into_iter().map(|registration| {
            let form = Form {
                fields: told(&registration.fat_schema()),
                resources: registration.resources(),
            };
            (registration.event_type(), form)
        });
        Self {
            callback_base_url: callback_base_url.into(),
            forms: Arc::new(forms.collect()),
        }
    }

    /// The data of the thin event. What is personal in the fact is dropped and was never written.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when the row's `version` is none, or an identifier cannot stand in a URL, and
    /// with [`Code::Unsealed`] when the event holds a class that it does not own up to, or is of another category.
    pub(crate) fn data(&self, fact: &mut Fact, record: &StreamRecord) -> Result<Box<RawValue>, Error> {
        let event_type = fact.event_type;
        let stopped = || Error::new(Code::Unsealed, format!("{event_type} could not be made thin"));
        let form = self.forms.get(&event_type).ok_or_else(stopped)?;
        for class in fact.data.sensitive() {
            class.withhold();
        }
        let fat = fact.data.to_json()?;
        let mut data: Map<String, Value> = serde_json::from_str(fat.get()).map_err(|_| stopped())?;
        data.retain(|name, _| form.fields.contains(name));
        let version = record.version()?;
        let path = form.path(&data)?.ok_or_else(stopped)?;
        let mut callback = format!("{}{path}", self.callback_base_url);
        if let Some(version) = version {
            // The version that the row had last is what a reader that is behind still shows: a removal comes after it.
            let removed = matches!(record.change, Change::Removed { .. });
            let at_least = version + u64::from(removed);
            callback.push_str(&format!("?atLeastVersion={at_least}"));
            data.insert("version".to_owned(), Value::from(version));
        }
        data.insert("callback".to_owned(), Value::from(callback));
        to_raw_value(&data).map_err(|_| stopped())
    }
}

impl ThinEvent {
    /// Reads the data of an event; `None` where it is no thin one.
    pub fn read(data: &Value) -> Option<Self> {
        Self::deserialize(data).ok()
    }

    /// The identifier or the time of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}

impl Form {
    /// The path of the first resource whose identifiers are all there.
    fn path(&self, data: &Map<String, Value>) -> Result<Option<String>, Error> {
        for resource in self.resources {
            if let Some(path) = filled(resource, data)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// The path with its identifiers, each percent-encoded; `None` where one is absent.
fn filled(resource: &str, data: &Map<String, Value>) -> Result<Option<String>, Error> {
    let mut path = String::new();
    for segment in resource.split('/').skip(1) {
        path.push('/');
        let Some(name) = identifier_in(segment) else {
            path.push_str(segment);
            continue;
        };
        match data.get(name).and_then(Value::as_str) {
            None => return Ok(None),
            // Clients resolve these even where they are encoded (RFC 3986, section 5.2.4; WHATWG URL, *path state*), and
            // would ask for another resource.
            Some("." | "..") => {
                let message = format!("identifier `{name}` is a dot segment, which no URL can carry");
                return Err(Error::new(Code::RowDoesNotFit, message));
            }
            Some(identifier) => path.extend(utf8_percent_encode(identifier, RESERVED)),
        }
    }
    Ok(Some(path))
}

/// The name in a segment such as `{userId}`.
fn identifier_in(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The one rule: the names of the fields that a thin event keeps.
fn told(schema: &Schema) -> BTreeSet<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_told = |name: &str, property: &Value| {
        let plain = property["x-class"].is_null();
        let identifier_or_time = property["x-identifier"] == true || property["format"] == "date-time";
        plain && (identifier_or_time || name == "changedFields")
    };
    properties
        .into_iter()
        .flatten()
        .filter(|(name, property)| is_told(name, property))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The schema of the thin form, from that of the event and an example of the thin one.
pub(crate) fn thin_schema(
    mut schema: Schema,
    resources: &[&'static str],
    example: Option<&Map<String, Value>>,
) -> Schema {
    let told = told(&schema);
    if let Some(Value::String(description)) = schema.get_mut("description") {
        description
            .push_str("\n\nThe thin form: whom it is about and when it was, and where to ask for the rest.");
    }
    // Only classes are defined apart.
    schema.remove("$defs");
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| told.contains(name));
        for (name, mut property) in added(resources) {
            if let Some(value) = example.and_then(|data| data.get(name)) {
                add_example(&mut property, value);
            }
            properties.insert(name.to_owned(), property);
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name.as_str().is_some_and(|name| told.contains(name)));
        required.push("callback".into());
    }
    schema
}

/// The fields that only a thin event has.
fn added(resources: &[&'static str]) -> [(&'static str, Value); 2] {
    let version = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": StreamRecord::MAX_VERSION,
        "description": "The version of the row; the last one of a row that was removed. Absent where the row has none.",
        "x-public": "a number of writes; without it nobody could tell a stale answer",
    });
    let callback = json!({
        "type": "string",
        "format": "uri",
        "description": "Where to ask for the row, in a version that knows of this event.",
        "x-public": "an address that tells nothing; what it leads to asks who wants to know",
        "x-resources": resources,
    });
    [("version", version), ("callback", callback)]
}

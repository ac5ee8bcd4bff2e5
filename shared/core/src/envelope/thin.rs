//! Thin events (event notifications): what happened to whom and when, and a URL to ask for the rest.
//!
//! One rule makes the thin form of every event from its schema: identifiers, times and the names of changed attributes
//! stay, the version of the row and a callback are added, and everything else is removed. Nothing is left to seal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::Schema;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::error::{Code, Error};
use crate::event::derived::DerivedEvent;
use crate::event::event::EventType;
use crate::event::registry::{Category, Registration};
use crate::stream::change::{Change, StreamRecord};

/// Everything but the unreserved characters, which need no encoding in any URL (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How much the events of a deployment contain.
#[derive(Debug, Clone, Default)]
pub enum Detail {
    /// Every field of the catalogue, with personal data sealed.
    #[default]
    Fat,
    /// Identifiers, times, names of changed attributes, and a URL to ask for the rest.
    Thin(Thin),
}

/// The thin forms of the events of some categories.
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

/// The data of a thin event, as a subscriber reads it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThinEvent {
    /// The URL to ask for the row, in a version that includes this event's change.
    pub callback: String,
    /// The version of the row; of a removed row, its last one. Absent when the row has none.
    pub version: Option<u64>,
    /// The names of the changed attributes. Absent when the event type does not list them.
    pub changed_fields: Option<Vec<String>>,
    /// Identifiers and times by name, and fields that a later version of the catalogue adds.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}

impl Thin {
    /// The thin forms of the events of these categories. Callbacks are below the base URL, which must not end in a slash.
    pub fn new(categories: &[&'static Category], callback_base_url: &str) -> Self {
        Self::from_registrations(
            categories.iter().flat_map(|category| category.events),
            callback_base_url,
        )
    }

    /// The thin forms of these events.
    pub(crate) fn from_registrations<'a>(
        registrations: impl IntoIterator<Item = &'a Registration>,
        callback_base_url: &str,
    ) -> Self {
        let forms = registrations.into_iter().map(|registration| {
            let form = Form {
                fields: kept_fields(&registration.plain_schema()),
                resources: registration.resources(),
            };
            (registration.event_type(), form)
        });
        Self {
            callback_base_url: callback_base_url.into(),
            forms: Arc::new(forms.collect()),
        }
    }

    /// The data of the thin event. Personal data in the event is dropped and never written.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when the `version` of a row that is not erased is not a whole number, or an
    /// identifier cannot be part of a URL; with [`Code::NotThin`] when there is no thin form of the event's type, or none
    /// of its resources can be named; and with [`Code::Unsealed`] when the event holds a class that it does not list.
    pub(super) fn data(
        &self,
        event: &mut DerivedEvent,
        record: &StreamRecord,
    ) -> Result<Box<RawValue>, Error> {
        let event_type = event.event_type;
        let not_thin = || Error::new(Code::NotThin, format!("{event_type} could not be made thin"));
        let form = self.forms.get(&event_type).ok_or_else(not_thin)?;
        for class in event.data.sensitive() {
            class.withhold();
        }
        let fat = event.data.to_json()?;
        let mut data: Map<String, Value> = serde_json::from_str(fat.get()).map_err(|_| not_thin())?;
        data.retain(|name, _| form.fields.contains(name));
        let version = match record.version() {
            Err(_) if event.row_may_be_erased => None,
            version => version?,
        };
        let path = form.path(&data)?.ok_or_else(not_thin)?;
        let mut callback = format!("{}{path}", self.callback_base_url);
        if let Some(version) = version {
            // A replica that lags still shows the last version of a removed row, so a removal asks for the next one.
            let removed = matches!(record.change, Change::Removed { .. });
            let at_least = version + u64::from(removed);
            callback.push_str(&format!("?atLeastVersion={at_least}"));
            data.insert("version".to_owned(), Value::from(version));
        }
        data.insert("callback".to_owned(), Value::from(callback));
        to_raw_value(&data).map_err(|_| not_thin())
    }
}

impl ThinEvent {
    /// Reads the data of an event; `None` when it is not a thin event.
    pub fn read(data: &Value) -> Option<Self> {
        Self::deserialize(data).ok()
    }

    /// The identifier or the time with this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}

impl Form {
    /// The path of the first resource with all of its identifiers present.
    fn path(&self, data: &Map<String, Value>) -> Result<Option<String>, Error> {
        for resource in self.resources {
            if let Some(path) = filled(resource, data)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// The path with its identifiers filled in, percent-encoded; `None` when one is absent.
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
            // Clients resolve dot segments even when they are encoded (RFC 3986, section 5.2.4; WHATWG URL, *path state*)
            // and would ask for another resource.
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
pub(crate) fn kept_fields(schema: &Schema) -> BTreeSet<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_kept = |name: &str, property: &Value| {
        let plain = property["x-class"].is_null();
        let identifier_or_time = property["x-identifier"] == true || property["format"] == "date-time";
        plain && (identifier_or_time || name == "changedFields")
    };
    properties
        .into_iter()
        .flatten()
        .filter(|(name, property)| is_kept(name, property))
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::derived::Data;
    use crate::sealing::seal::Seal;
    use crate::stream::decode::decode;
    use crate::stream::raw::RawRecord;
    use crate::stream::sample::SampleChange;
    use crate::time::Time;

    struct Anything;

    impl Data for Anything {
        fn sensitive(&mut self) -> Vec<&mut dyn Seal> {
            Vec::new()
        }

        fn to_json(&self) -> Result<Box<RawValue>, Error> {
            Ok(RawValue::NULL.to_owned())
        }
    }

    #[test]
    fn an_event_without_a_thin_form_has_an_error_code_of_its_own() {
        let row = serde_json::json!({ "pk": "USER#1", "sk": "ACCOUNT" });
        let json = to_raw_value(&SampleChange::inserted("accounts", row).record()).unwrap();
        let record = decode(&RawRecord::read(&json)).unwrap();
        let mut event = DerivedEvent {
            event_type: EventType("UserMovedEventV1"),
            sunset: None,
            category: "account",
            subject: String::new(),
            partition_key: String::new(),
            time: Time::UNIX_EPOCH,
            row: 0,
            row_may_be_erased: false,
            data: Box::new(Anything),
        };
        let error = Thin::new(&[], "https://users.example.com")
            .data(&mut event, &record)
            .unwrap_err();
        assert_eq!(error.code(), Code::NotThin);
        assert_eq!(
            error.to_string(),
            "not-thin: UserMovedEventV1 could not be made thin"
        );
        assert_eq!(error.disposition(), crate::error::Disposition::Park);
    }
}

//! The message attributes of a delivery.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Message attributes by name; all values are strings. Every event has `eventType`, `eventName`, `eventVersion` and
/// `category`; some have `dataClasses`, `sunset` and `replay`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// The value of an attribute, a number as its digits. `None` if the message does not have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The last day on which events of this type are published, such as `2027-06-30`; a newer version replaces the
    /// type. `None` if no such day is announced, and on redriven events.
    pub fn sunset(&self) -> Option<&str> {
        self.get("sunset")
    }

    /// Whether there are no attributes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All attributes as pairs of name and value, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The classes of personal data in the event, from the attribute `dataClasses`, a JSON array. Empty if the
    /// attribute is missing or is not an array of strings.
    pub fn data_classes(&self) -> Vec<String> {
        let classes = self.get("dataClasses").map(serde_json::from_str);
        classes.and_then(Result::ok).unwrap_or_default()
    }
}

impl Attributes {
    /// The attributes in the notification of SNS. Malformed ones are left out, because they must not fail an event.
    pub(super) fn from_notification(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Attribute {
            #[serde(rename = "Value")]
            value: String,
        }
        if let Ok(read) = serde_json::from_str::<BTreeMap<String, Attribute>>(text) {
            return read
                .into_iter()
                .map(|(name, attribute)| (name, attribute.value))
                .collect();
        }
        let read: BTreeMap<String, Value> = serde_json::from_str(text).unwrap_or_default();
        read.into_iter()
            .filter_map(|(name, value)| Some((name, Attribute::deserialize(value).ok()?.value)))
            .collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        Self(
            attributes
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

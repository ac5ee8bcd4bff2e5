//! The message attributes of a delivery.

use std::collections::BTreeMap;

/// Message attributes by their names, texts all: `eventType`, `eventName`, `eventVersion` and `category` on every event;
/// `dataClasses`, `sunset` and `replay` where they apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// The value of an attribute, a number as its digits. `None` where it did not come along.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The last day, such as `2027-06-30`, on which events of this type are published: a newer version takes its place.
    /// `None` where that is not announced, and on redriven events.
    pub fn sunset(&self) -> Option<&str> {
        self.get("sunset")
    }

    /// Whether no attribute came along.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every attribute, name and value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The classes of personal data in the event, by the attribute `dataClasses`, a JSON array. Empty where it is
    /// missing or no such array.
    pub fn data_classes(&self) -> Vec<String> {
        let classes = self.get("dataClasses").map(serde_json::from_str);
        classes.and_then(Result::ok).unwrap_or_default()
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

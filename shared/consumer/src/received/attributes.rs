//! The message attributes of a delivery.

/// Message attributes, sorted by name; all values are strings. Every event has `eventType`, `eventName`, `eventVersion` and
/// `category`; some have `dataClasses`, `sunset` and `replay`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of an attribute, a number as its digits. `None` if the message does not have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(own, value)| (own == name).then_some(value))
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

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    /// Of attributes with the same name, the last one counts.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        let owned = |(name, value): (N, V)| (name.into(), value.into());
        let mut attributes: Vec<(String, String)> = attributes.into_iter().map(owned).collect();
        attributes.reverse();
        // Stable: the last one is now the first of its name.
        attributes.sort_by(|one, other| one.0.cmp(&other.0));
        attributes.dedup_by(|later, kept| later.0 == kept.0);
        Self(attributes)
    }
}

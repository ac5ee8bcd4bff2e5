//! The parts of a message that a filter policy can see.

use serde_json::{Map, Number, Value};
use user_events_core::{MessageAttribute, SealedEnvelope};

use crate::scope::Scope;

/// A message, as filter policies see it.
#[derive(Debug, Clone)]
pub struct Message {
    attributes: Value,
    body: Value,
}

impl Message {
    /// A message with these attributes (name, type and value) and that body.
    pub fn new<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>, body: &str) -> Self {
        let seen = |(name, data_type, text): (&str, &str, &str)| {
            Some((name.to_owned(), attribute_value(data_type, text)?))
        };
        Self {
            attributes: Value::Object(attributes.into_iter().filter_map(seen).collect()),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// The message that an event is published as.
    pub fn from_event(event: &SealedEnvelope) -> Self {
        let attribute =
            |attribute: &'_ MessageAttribute| (attribute.name, attribute.data_type, attribute.value.clone());
        let attributes: Vec<_> = event.attributes.iter().map(attribute).collect();
        let borrowed = attributes
            .iter()
            .map(|(name, data_type, value)| (*name, *data_type, value.as_str()));
        Self::new(borrowed, &event.body)
    }

    /// The object that the keys of a policy refer to. A body that is not a JSON object has no keys.
    pub(crate) fn seen_by(&self, scope: Scope) -> &Map<String, Value> {
        static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        let seen = match scope {
            Scope::Attributes => &self.attributes,
            Scope::Body => &self.body,
        };
        seen.as_object().unwrap_or(&NOTHING)
    }

    /// The values at the path: the elements of a list, or the only one. Empty if there is none.
    pub fn values(&self, scope: Scope, path: &[&str]) -> Vec<&Value> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let first = self.seen_by(scope).get(*first);
        let found = first.and_then(|first| rest.iter().try_fold(first, |value, key| value.get(key)));
        match found {
            None => Vec::new(),
            Some(Value::Array(elements)) => elements.iter().collect(),
            Some(value) => vec![value],
        }
    }

    /// Whether the message has a value at the path.
    pub fn has(&self, scope: Scope, path: &[&str]) -> bool {
        let mut members = Some(self.seen_by(scope));
        path.iter().enumerate().all(|(place, key)| {
            let value = members.and_then(|members| members.get(*key));
            members = value.and_then(Value::as_object);
            value.is_some() && (place + 1 == path.len() || members.is_some())
        })
    }
}

/// The value of an attribute, by its type. SNS ignores other types (Amazon SNS Developer Guide, *Filter
/// policy constraints*).
fn attribute_value(data_type: &str, text: &str) -> Option<Value> {
    match data_type {
        "String" => Some(Value::from(text)),
        "Number" => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        "String.Array" => serde_json::from_str(text).ok().filter(Value::is_array),
        _ => None,
    }
}

//! An event as it is published, for the documents.

use serde_json::Value;
use user_events_core::description;

use super::model::{Attribute, Example};

/// The model of the example.
pub(super) fn example(published: description::Example) -> Example {
    let attributes = published.event.attributes.iter();
    let attributes = attributes.map(|attribute| Attribute {
        name: attribute.name.to_owned(),
        data_type: attribute.data_type.to_owned(),
        value: attribute.value.clone(),
    });
    Example {
        envelope: published.document,
        attributes: attributes.collect(),
        opened: Value::Object(published.opened.into_iter().collect()),
    }
}

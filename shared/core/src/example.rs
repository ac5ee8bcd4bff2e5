//! Examples of the events, as they are published: from a sample change, sealed with a key that everybody may know.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use schemars::Schema;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::to_raw_value;
use zeroize::Zeroizing;

use crate::decode::decode;
use crate::envelope::{Envelope, Publication, SealedEnvelope};
use crate::error::Error;
use crate::event::Fact;
use crate::open::Token;
use crate::registry::Registration;
use crate::seal::{DataKey, NONCE_BYTES, SealedMember};
use crate::thin::{Detail, Thin, thin_schema};

/// An event as it is published.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The stream record that causes it, as Lambda delivers it.
    pub record: Value,
    /// The event as it leaves, with its message attributes.
    pub event: SealedEnvelope,
    /// The body of the event, read.
    pub document: Value,
    /// What is sealed in it, by class.
    pub opened: BTreeMap<String, Value>,
}

/// Where the callbacks of thin examples lead to.
const SAMPLE_CALLBACK_BASE_URL: &str = "https://users.example.com";

/// The data key that seals examples and nothing else: its bytes count from 0 to 31. KMS does not know it.
pub fn sample_data_key(class: &str) -> DataKey {
    DataKey {
        plaintext: Zeroizing::new(std::array::from_fn(|place| place as u8)),
        wrapped: BASE64_STANDARD.encode(format!("wrapped data key of {class}")),
        key_arn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000".to_owned(),
    }
}

/// The nonce that seals examples: whatever is not public already must never be sealed with one that was used before.
///
/// It never fails; it has the form of [`crate::random_nonce`].
pub fn sample_nonce() -> Result<[u8; NONCE_BYTES], Error> {
    Ok([7; NONCE_BYTES])
}

impl Registration {
    /// The schema of the data of the thin form of the event, JSON Schema 2020-12, with the values of the example.
    pub fn thin_schema(&self) -> Schema {
        let publication = Publication {
            detail: Detail::Thin(Thin::of([self], SAMPLE_CALLBACK_BASE_URL)),
            ..Publication::default()
        };
        let example = self.published_example("", &publication).document;
        let data = example.get("data").and_then(Value::as_object);
        thin_schema(self.schema(), self.resources(), data)
    }

    /// The event of the sample change as it is published by a deployment with that name of its own.
    pub fn published_example(&self, category: &'static str, publication: &Publication) -> Example {
        match published(self, category, publication) {
            Some(example) => example,
            None => unreachable!(
                "a test holds that every sample change is its event: {}",
                self.event_type()
            ),
        }
    }
}

fn published(
    registration: &Registration,
    category: &'static str,
    publication: &Publication,
) -> Option<Example> {
    let record = registration.sample_change().record();
    let decoded = decode(&to_raw_value(&record).ok()?).ok()?;
    let envelope = Envelope::new(registration.example(category), 0, &decoded, publication);
    let event = seal_openly(envelope)?;
    let document: Value = serde_json::from_str(&event.body).ok()?;
    let opened = open_all(document.get("data")?, &event.id)?;
    Some(Example {
        record,
        event,
        document,
        opened,
    })
}

fn seal_openly(envelope: Envelope) -> Option<SealedEnvelope> {
    let keys = envelope.classes().iter();
    let keys = keys
        .map(|class| (*class, Arc::new(sample_data_key(class))))
        .collect();
    envelope.seal(&keys, &mut sample_nonce).ok()
}

/// What is sealed in the data of an event, by class.
fn open_all(data: &Value, event_id: &str) -> Option<BTreeMap<String, Value>> {
    let mut opened = BTreeMap::new();
    for (class, member) in data.as_object()? {
        if let Ok(member) = SealedMember::deserialize(member) {
            opened.insert(class.clone(), open_sample(&member, event_id, class)?);
        }
    }
    Some(opened)
}

fn open_sample(member: &SealedMember, event_id: &str, class: &str) -> Option<Value> {
    let token = Token::read(&member.sealed, event_id, class).ok()?;
    let key = sample_data_key(class).plaintext;
    serde_json::from_slice(&token.open(key.as_slice()).ok()?).ok()
}

/// Puts the values of an example beside the properties of the schema of its data. A sealed member has none of its own,
/// but the fields of its class have.
pub(crate) fn illustrate(schema: &mut Schema, fact: Fact) {
    let Some((data, opened)) = unsealed(fact) else {
        return;
    };
    let mut classes = Vec::new();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            let class = property.get("x-class").and_then(Value::as_str);
            match (class, data.get(name)) {
                (Some(class), _) => {
                    let definition = property.pointer("/properties/sealed/contentSchema/$ref");
                    classes.push((
                        class.to_owned(),
                        definition.and_then(Value::as_str).unwrap_or_default().to_owned(),
                    ));
                }
                (None, Some(value)) => add_example(property, value),
                (None, None) => {}
            }
        }
    }
    for (class, definition) in classes {
        let pointer = format!("{}/properties", definition.trim_start_matches('#'));
        let properties = schema.pointer_mut(&pointer).and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if let Some(value) = opened.get(&class).and_then(|content| content.get(name)) {
                add_example(property, value);
            }
        }
    }
}

/// Puts a value beside a property as its only example.
pub(crate) fn add_example(property: &mut Value, value: &Value) {
    if let Some(property) = property.as_object_mut() {
        property.insert("examples".to_owned(), Value::from(vec![value.clone()]));
    }
}

/// The data of an event, and what its classes hold.
fn unsealed(mut fact: Fact) -> Option<(Value, BTreeMap<String, Value>)> {
    const ANY_EVENT: &str = "example";
    for class in fact.data.sensitive() {
        class
            .seal(ANY_EVENT, &sample_data_key(class.class()), sample_nonce().ok()?)
            .ok()?;
    }
    let data: Value = serde_json::from_str(fact.data.to_json().ok()?.get()).ok()?;
    let opened = open_all(&data, ANY_EVENT)?;
    Some((data, opened))
}

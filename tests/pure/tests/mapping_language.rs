//! The language of a mapping: what each of its members does to the changes of an item.

mod refused;
mod rows;
mod values;

use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_nonce;
use user_events_core::pipeline::{self, Decoded};
use user_events_core::{Derivation, Error, Mapping, RawRecord, derive, shapes};
use user_events_testkit::Record;

use crate::support::{key_ring, opened, publication};

/// A mapping of the table `people` with one rule for accounts and the members that are added to it.
fn accounts(when: &str, attributes: &str) -> String {
    format!(
        r#"
version: 1
tables:
  - table: people
    keys: {{ partition: id }}
    rows:
      - kind: account
        when: {{ {when} }}
        ids: {{ userId: {{ path: id }} }}
        attributes:
          email: mail
          status: {{ value: ACTIVE }}
          createdAt: recorded
          updatedAt: recorded
          {attributes}
"#
    )
}

fn read(text: &str) -> Mapping {
    match Mapping::read(text, &shapes(CATEGORIES)) {
        Ok(mapping) => mapping,
        Err(problems) => panic!("{problems}"),
    }
}

/// A change of an item in DynamoDB's own JSON, decoded with the mapping.
fn decoded(mapping: &Mapping, record: &Record) -> Result<Decoded, Error> {
    pipeline::decode(Some(mapping), &RawRecord::read(&record.raw()))
}

/// The record of a change of an item of the table `people`, in DynamoDB's own JSON, with the key `id`.
fn change(old: Value, new: Value) -> Record {
    with_keys(&["id"], old, new)
}

/// The same, with these keys.
fn with_keys(names: &[&str], old: Value, new: Value) -> Record {
    let image = |image: Value| (!image.is_null()).then_some(image);
    let (old, new) = (image(old), image(new));
    let item = new.as_ref().or(old.as_ref()).unwrap();
    let keys = names.iter().map(|name| ((*name).to_owned(), item[*name].clone()));
    let keys = Value::Object(keys.collect());
    Record::from_json(user_events_core::stream_record("people", old, new)).with("/dynamodb/Keys", keys)
}

/// The events of a change: the name of each, and its document with personal data opened.
fn events(mapping: &Mapping, record: &Record) -> Vec<(String, Value)> {
    let sealed = pipeline::sealed_events(
        CATEGORIES,
        Some(mapping),
        &RawRecord::read(&record.raw()),
        &publication(),
        |_| key_ring(),
        &mut sample_nonce,
    );
    let events = sealed.unwrap().unwrap_or_default().into_iter().map(|event| {
        let name = event.attribute("eventName").unwrap().to_owned();
        (name, opened(&event).unwrap())
    });
    events.collect()
}

/// The names of the events of a change.
fn names(mapping: &Mapping, record: &Record) -> Vec<String> {
    events(mapping, record)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Why the record of a change is parked.
fn parked(mapping: &Mapping, record: &Record) -> String {
    let decoded = match decoded(mapping, record) {
        Ok(decoded) => decoded,
        Err(error) => return error.message().to_owned(),
    };
    for record in decoded.records() {
        if let Err(error) = derive(CATEGORIES, record) {
            return error.message().to_owned();
        }
    }
    panic!("the record is not parked");
}

/// The canonical attributes of the row that a new item becomes.
fn row(mapping: &Mapping, item: Value) -> user_events_core::Image {
    let decoded = decoded(mapping, &change(json!(null), item)).unwrap();
    let [record] = decoded.records() else {
        panic!("{} rows", decoded.records().len());
    };
    assert!(matches!(
        derive(CATEGORIES, record).unwrap(),
        Derivation::Events(_)
    ));
    record.change.image().clone()
}

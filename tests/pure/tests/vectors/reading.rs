//! The answer of the Rust reader to a vector.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use user_events_consumer::{
    Cause, KeyLimits, Opened, Opener, ReceivedEvent, SubjectKey, SubjectKeys, UnwrapKey, Unwrapped,
    WrappedKey,
};
use zeroize::Zeroizing;

use super::making::{body_of, key_of};

/// An answer in the members of a vector, and whether KMS was asked.
pub(super) struct Answered {
    pub(super) answer: Value,
    pub(super) asked: bool,
}

struct Kms {
    key: Vec<u8>,
    is_denied: bool,
    asked: Arc<AtomicBool>,
}

impl UnwrapKey for Kms {
    async fn unwrap_key(&self, _: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        self.asked.store(true, Ordering::Relaxed);
        if self.is_denied {
            return Ok(Unwrapped::NotGranted);
        }
        Ok(Unwrapped::Key(Zeroizing::new(self.key.clone())))
    }
}

struct Table(BTreeMap<String, SubjectKey>);

impl SubjectKeys for Table {
    fn row<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>> {
        std::future::ready(Ok(self.0.get(name).cloned())).boxed()
    }
}

pub(super) fn answer(vector: &Value) -> Answered {
    let asked = Arc::new(AtomicBool::new(false));
    let answer = read(vector, &asked);
    let asked = asked.load(Ordering::Relaxed);
    Answered { answer, asked }
}

fn read(vector: &Value, asked: &Arc<AtomicBool>) -> Value {
    let Ok(event) = ReceivedEvent::from_message_body(&body_of(vector)) else {
        return json!({ "refused": "not-an-event" });
    };
    let kms = Kms {
        key: key_of(vector),
        is_denied: vector.get("denied").is_some(),
        asked: Arc::clone(asked),
    };
    let seal_key = vector["sealKeyArn"].as_str().unwrap();
    let mut opener = Opener::from_source(kms, [seal_key], KeyLimits::default());
    if let Some(rows) = vector.get("subjectKeys") {
        opener = opener.with_subject_keys(Table(rows_of(rows)));
    }
    let class = vector["class"].as_str().unwrap();
    let opened = opener.open_as::<Value>(&event, class).now_or_never();
    match opened.expect("the fakes answer at once") {
        Ok(Some(Opened::Clear(content))) => json!({ "opened": content }),
        Ok(Some(Opened::NotGranted)) => json!({ "notGranted": true }),
        Ok(Some(Opened::Erased)) => json!({ "erased": true }),
        Ok(None) => json!({ "absent": true }),
        Err(failure) if failure.cause == Cause::SubjectKeyMissing => json!({ "retry": failure.reason() }),
        Err(failure) => json!({ "refused": failure.reason() }),
    }
}

/// The rows that are a key or a tombstone, in the JSON of DynamoDB.
fn rows_of(rows: &Value) -> BTreeMap<String, SubjectKey> {
    let rows = rows.as_object().unwrap().iter();
    rows.filter_map(|(name, row)| Some((name.clone(), SubjectKey::from_item(item(row))?)))
        .collect()
}

fn item(row: &Value) -> HashMap<String, AttributeValue> {
    let members = row.as_object().unwrap().iter();
    members
        .map(|(name, value)| {
            let text = |kind: &str| value[kind].as_str();
            let value = match (text("S"), text("B"), value["N"].as_str()) {
                (Some(text), ..) => AttributeValue::S(text.to_owned()),
                (_, Some(binary), _) => AttributeValue::B(Blob::new(BASE64_STANDARD.decode(binary).unwrap())),
                (.., Some(number)) => AttributeValue::N(number.to_owned()),
                _ => AttributeValue::Null(true),
            };
            (name.clone(), value)
        })
        .collect()
}

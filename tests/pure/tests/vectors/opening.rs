//! The whole list: first the vectors that open, one for every event with a class; then those that are made from the first.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::{Envelope, KeyRing, NONCE_BYTES};
use user_events_testkit::{Record, rows};

use super::making::{Base, CLASSES, data_key};
use super::reading::answer;
use super::{bodies, persons, tokens};
use crate::support::publication;

pub(super) fn vectors() -> Result<Vec<Value>> {
    let mut vectors = sealed()?;
    let base = Base::new(vectors.first().context("none")?)?;
    let other = Base::new(vectors.get(1).context("one")?)?;
    vectors.extend(bodies::that_open(&base)?);
    vectors.extend(persons::vectors(&base)?);
    vectors.extend(tokens::refused(&base, &other)?);
    vectors.extend(tokens::content_refused(&base)?);
    vectors.extend(bodies::refused(&base)?);
    Ok(vectors)
}

/// One vector for every class of every event, made by the code that seals events.
fn sealed() -> Result<Vec<Value>> {
    let record = Record::inserted("accounts", &rows::account("user-1")).decoded()?;
    let ring: KeyRing = CLASSES.map(|class| (class, data_key(class).into())).into();
    let mut sealed = 0;
    let mut nonce = || {
        sealed += 1;
        Ok([sealed; NONCE_BYTES])
    };
    let mut vectors = Vec::new();
    for category in CATEGORIES {
        for registration in category.events {
            let classes = registration.classes();
            if classes.is_empty() {
                continue;
            }
            let event = registration.example(category.name);
            let event = Envelope::new(event, 0, &record, &publication())?.seal(&ring, &mut nonce)?;
            let envelope: Value = serde_json::from_str(&event.body)?;
            for class in classes {
                let key = data_key(class);
                let mut vector = json!({
                    "name": format!("{class} of {} opens", registration.event_type().as_str()),
                    "envelope": envelope,
                    "class": class,
                    "sealKeyArn": key.key_arn,
                    "key": BASE64_STANDARD.encode(key.plaintext.as_slice()),
                });
                let answer = answer(&vector).answer;
                let opened = answer
                    .get("opened")
                    .with_context(|| format!("it does not open: {answer}"))?;
                vector["opened"] = opened.clone();
                vectors.push(vector);
            }
        }
    }
    Ok(vectors)
}

//! The examples of the registry and the validators of the committed schemas.

use anyhow::Result;
use jsonschema::Validator;
use serde_json::Value;
use user_events_core::description::sample_nonce;
use user_events_core::{Envelope, Registration};
use user_events_testkit::{Record, rows};

use crate::support::{key_ring, publication, root};

/// The sealed example of an event, with the fixed keys and nonce.
pub fn sealed_example(category: &'static str, registration: &Registration) -> Value {
    let record = Record::inserted("accounts", &rows::account("user-1"))
        .decoded()
        .unwrap();
    let envelope = Envelope::new(registration.example(category), 0, &record, &publication()).unwrap();
    serde_json::from_str(&envelope.seal(&key_ring(), &mut sample_nonce).unwrap().body).unwrap()
}

/// A validator for a file under `schemas/`. It also checks formats.
pub fn validator_of(path: &str) -> Result<Validator> {
    let schema = serde_json::from_str(&std::fs::read_to_string(root().join("schemas").join(path))?)?;
    Ok(jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)?)
}

//! Tokens that need the key of a person.

use anyhow::Result;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use user_events_core::{NONCE_BYTES, subject_key_name};

use super::making::{Base, key_of, sealed_under, with_token};

const SECRET: [u8; 32] = [77; 32];

pub(super) fn vectors(base: &Base) -> Result<Vec<Value>> {
    let key_id = BASE64_URL_SAFE_NO_PAD.encode([9_u8; 16]);
    let name = subject_key_name("/user-service", "users/user-1");
    let row =
        |key_id: &str, secret: &[u8]| json!({ "keyId": key_id, "secret": BASE64_STANDARD.encode(secret) });
    let kid = format!("{}/contact/{key_id}", base.id());
    let content = base.vector["opened"].to_string();
    let sealed = |kid: &str, key: &[u8]| {
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
        sealed_under(&header, content.as_bytes(), key, [78; NONCE_BYTES])
    };
    let data_key = key_of(&base.vector);
    let token = sealed(&kid, &derived(&data_key, &SECRET, &kid)?)?;
    let vector = |what: &str, rows: Option<Value>, answer: Value, token: &str| {
        let mut vector = with_token(&base.vector, token);
        vector["name"] = json!(format!("a token with a person's key, {what}"));
        if let Some(rows) = rows {
            vector["subjectKeys"] = rows;
        }
        if let (Some(members), Some(answer)) = (vector.as_object_mut(), answer.as_object()) {
            members.shift_remove("opened");
            members.extend(answer.clone());
        }
        vector
    };
    let opened = json!({ "opened": base.vector["opened"] });
    let refused = |reason: &str| json!({ "refused": reason });
    let good = row(&key_id, &SECRET);
    let alone = sealed(&kid, &data_key)?;
    let other_kid = format!(
        "{}/contact/{}",
        base.id(),
        BASE64_URL_SAFE_NO_PAD.encode([8_u8; 16])
    );
    let moved = sealed(&other_kid, &derived(&data_key, &SECRET, &other_kid)?)?;
    let mut unpersonal = base.vector.clone();
    unpersonal["name"] = json!("a token without a person's key opens where persons have keys");
    unpersonal["subjectKeys"] = json!({ &name: good });
    let other_user = subject_key_name("/user-service", "users/user-2");
    let joined = subject_key_name("/user-service\nusers", "user-1");
    Ok(vec![
        vector(
            "opens with both shares",
            Some(json!({ &name: good })),
            opened.clone(),
            &token,
        ),
        vector(
            "opens beside the rows of others",
            Some(json!({ other_user: row(&key_id, &[1; 32]), &name: good })),
            opened,
            &token,
        ),
        unpersonal,
        vector(
            "of a person who was erased",
            Some(json!({ &name: { "erasedAt": "2026-04-01T12:00:00.000Z" } })),
            json!({ "erased": true }),
            &token,
        ),
        vector(
            "that is missing",
            Some(json!({ joined: good })),
            json!({ "retry": "subject-key-missing" }),
            &token,
        ),
        vector(
            "where the consumer has no table",
            None,
            refused("no-subject-keys"),
            &token,
        ),
        vector(
            "and another key's name",
            Some(json!({ &name: good })),
            refused("moved"),
            &moved,
        ),
        vector(
            "and another secret",
            Some(json!({ &name: row(&key_id, &[78; 32]) })),
            refused("does-not-open"),
            &token,
        ),
        vector(
            "and a secret of 31 bytes",
            Some(json!({ &name: row(&key_id, &[77; 31]) })),
            refused("does-not-open"),
            &token,
        ),
        vector(
            "but sealed with the data key alone",
            Some(json!({ &name: good })),
            refused("does-not-open"),
            &alone,
        ),
    ])
}

/// Computed here once more, by the construction in docs/reading.md.
fn derived(data_key: &[u8], secret: &[u8], kid: &str) -> Result<Vec<u8>> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let info = [b"A256GCM\0".as_slice(), kid.as_bytes()];
    let mut key = vec![0; 32];
    Salt::new(HKDF_SHA256, b"user-events/subject-key/v1")
        .extract(&[data_key, secret].concat())
        .expand(&info, Length)
        .and_then(|derived| derived.fill(&mut key))
        .map_err(|_| anyhow::anyhow!("no key was derived"))?;
    Ok(key)
}

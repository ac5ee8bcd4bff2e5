//! The test vectors for readers in any language. The sealing code makes those that open, the others are derived from
//! them, and the Rust reader must pass all.

mod bodies;
mod known;
pub(crate) mod making;
mod opening;
pub(crate) mod persons;
mod reading;
mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::root;
use making::{CLASSES, key_of, sealed_under, token_of, with_token};
use reading::{Answered, answer};

#[test]
fn the_vectors_are_what_the_sealing_code_makes() {
    let text = format!(
        "{}\n",
        serde_json::to_string_pretty(&opening::vectors().unwrap()).unwrap()
    );
    if std::env::var("VECTORS").is_ok_and(|mode| mode == "write") {
        std::fs::write(file(), text).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(file()).unwrap_or_default() == text,
        "tests/vectors/opening.json differs from what is sealed now; if that is intended, run VECTORS=write cargo test --test pure vectors"
    );
}

#[test]
fn the_reader_answers_every_vector_as_it_says() {
    let mut wrong = Vec::new();
    for vector in written() {
        let Answered { answer, asked } = answer(&vector);
        let expected: Value = ["opened", "refused", "absent", "erased", "notGranted", "retry"]
            .into_iter()
            .filter_map(|kind| Some(json!({ kind: vector.get(kind)? })))
            .next()
            .unwrap();
        if answer != expected {
            wrong.push(format!("{}: {answer} instead of {expected}", vector["name"]));
        }
        let needs_key = ["does-not-open", "content"]
            .iter()
            .any(|reason| vector["refused"] == *reason);
        if vector.get("refused").is_some() && !needs_key && asked {
            wrong.push(format!("{}: KMS was asked", vector["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_class_and_every_reason_has_a_vector_and_there_are_enough() {
    let vectors = written();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for vector in &vectors {
        let members = vector.as_object().unwrap();
        for kind in ["opened", "absent", "erased", "notGranted", "retry"] {
            if members.contains_key(kind) {
                *kinds.entry(kind.to_owned()).or_default() += 1;
            }
        }
        if let Some(reason) = vector["refused"].as_str() {
            *kinds.entry("refused".to_owned()).or_default() += 1;
            *kinds.entry(reason.to_owned()).or_default() += 1;
        }
    }
    for class in CLASSES {
        let opens = |vector: &&Value| vector["class"] == class && vector.get("opened").is_some();
        assert!(vectors.iter().any(|vector| opens(&vector)), "{class}");
    }
    for (kind, least) in [
        ("opened", 20),
        ("refused", 100),
        ("not-an-event", 30),
        ("malformed", 15),
        ("other-key", 3),
        ("header", 15),
        ("moved", 8),
        ("no-subject-keys", 1),
        ("does-not-open", 10),
        ("content", 8),
        ("erased", 5),
        ("notGranted", 1),
        ("retry", 8),
        ("absent", 1),
    ] {
        assert!(
            kinds.get(kind).copied().unwrap_or_default() >= least,
            "{kind}: {kinds:?}"
        );
    }
    let names: std::collections::BTreeSet<_> = vectors.iter().map(|vector| vector["name"].as_str()).collect();
    assert_eq!(names.len(), vectors.len(), "two vectors have the same name");
}

#[test]
fn no_vector_opens_after_any_one_bit_of_it_has_changed() {
    let vectors = written();
    let opens = |vector: &&Value| vector.get("opened").is_some() && vector.get("envelope").is_some();
    for vector in vectors.iter().filter(opens) {
        let token = token_of(vector);
        for bit in 0..8 * token.len() {
            let mut changed = token.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A JSON document contains only UTF-8.
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            let changed = answer(&with_token(vector, &changed)).answer;
            assert!(
                changed.get("refused").is_some(),
                "{}, bit {bit}: {changed}",
                vector["name"]
            );
        }
    }
}

#[test]
fn a_token_sealed_here_is_the_one_that_the_core_seals() {
    let vector = &written()[0];
    let token = token_of(vector);
    let parts: Vec<_> = token.split('.').collect();
    let header = BASE64_URL_SAFE_NO_PAD.decode(parts[0]).unwrap();
    let nonce = BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    // Members in the order in which they were sealed.
    let content = vector["opened"].to_string();
    let again = sealed_under(
        std::str::from_utf8(&header).unwrap(),
        content.as_bytes(),
        &key_of(vector),
        nonce.try_into().unwrap(),
    );
    assert_eq!(again.unwrap(), token);
}

fn file() -> PathBuf {
    root().join("tests/vectors/opening.json")
}

fn written() -> Vec<Value> {
    if std::env::var("VECTORS").is_ok_and(|mode| mode == "write") {
        return opening::vectors().unwrap();
    }
    serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap()
}

//! The test vectors for readers in any language. The sealing code writes them, and the core must pass them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_data_key;
use user_events_core::{DataKey, Envelope, KeyRing, NONCE_BYTES, OpenError, Token};
use user_events_testkit::{Record, rows};
use zeroize::Zeroizing;

use crate::support::{publication, root};

const CLASSES: [&str; 4] = ["contact", "identity", "address", "network"];

#[test]
fn the_vectors_are_what_the_sealing_code_makes() {
    let text = format!("{}\n", serde_json::to_string_pretty(&vectors().unwrap()).unwrap());
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
fn the_core_answers_every_vector_as_it_says() {
    let vectors = written();
    for vector in &vectors {
        let answer = open(vector);
        let expected = match vector.get("opened") {
            Some(opened) => Ok(opened.clone()),
            None => Err(vector["refused"].as_str().unwrap()),
        };
        assert_eq!(answer, expected, "{}", vector["name"]);
    }
    for class in CLASSES {
        let opens = |vector: &&Value| vector["class"] == class && vector.get("opened").is_some();
        assert!(vectors.iter().any(|vector| opens(&vector)), "{class}");
    }
    for reason in ["malformed", "algorithm", "moved", "does-not-open"] {
        assert!(
            vectors.iter().any(|vector| vector["refused"] == reason),
            "{reason}"
        );
    }
}

#[test]
fn no_vector_opens_after_any_one_bit_of_it_has_changed() {
    for vector in written().iter().filter(|vector| vector.get("opened").is_some()) {
        let token = token_of(vector);
        for bit in 0..8 * token.len() {
            let mut changed = token.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A JSON document contains only UTF-8.
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            let changed = with_token(vector, &changed);
            assert!(open(&changed).is_err(), "{}, bit {bit}", vector["name"]);
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
        return vectors().unwrap();
    }
    serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap()
}

fn open(vector: &Value) -> Result<Value, &'static str> {
    let (id, class) = (vector["envelope"]["id"].as_str(), vector["class"].as_str());
    let opened = Token::read(&token_of(vector), id.unwrap(), class.unwrap())
        .and_then(|token| token.open(&key_of(vector)))
        .map_err(|error| match error {
            OpenError::Malformed => "malformed",
            OpenError::RefusedAlgorithm => "algorithm",
            OpenError::OtherEventOrClass => "moved",
            OpenError::DoesNotOpen => "does-not-open",
        })?;
    Ok(serde_json::from_slice(&opened).unwrap())
}

fn token_of(vector: &Value) -> String {
    let class = vector["class"].as_str().unwrap();
    vector["envelope"]["data"][class]["sealed"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn key_of(vector: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(vector["key"].as_str().unwrap()).unwrap()
}

fn with_token(vector: &Value, token: &str) -> Value {
    let mut vector = vector.clone();
    let class = vector["class"].as_str().unwrap().to_owned();
    vector["envelope"]["data"][class]["sealed"] = json!(token);
    vector
}

/// One key for each class, all different.
fn data_key(class: &str) -> DataKey {
    let place = CLASSES
        .iter()
        .position(|known| *known == class)
        .unwrap_or_default();
    DataKey {
        plaintext: Zeroizing::new(std::array::from_fn(|byte| (byte + 64 * place) as u8)),
        ..sample_data_key(class)
    }
}

/// First the vectors that open, one for every event with a class; then those that must be refused, made from the first.
fn vectors() -> Result<Vec<Value>> {
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
                let mut vector = json!({
                    "name": format!("{class} of {} opens", registration.event_type().as_str()),
                    "envelope": envelope,
                    "class": class,
                    "key": BASE64_STANDARD.encode(data_key(class).plaintext.as_slice()),
                });
                let opened = open(&vector).map_err(|refused| anyhow::anyhow!("it is {refused}"))?;
                vector["opened"] = opened;
                vectors.push(vector);
            }
        }
    }
    let (first, second) = (vectors.first().context("none")?, vectors.get(1).context("one")?);
    let refused = refused(first, second)?;
    vectors.extend(refused);
    Ok(vectors)
}

/// Forgeries of a vector that opens: those that need no key, and those by an owner of the key that must be refused,
/// too.
fn refused(vector: &Value, other: &Value) -> Result<Vec<Value>> {
    let token = token_of(vector);
    let parts: Vec<_> = token.split('.').collect();
    let [header, empty, nonce, ciphertext, tag] = parts[..] else {
        anyhow::bail!("a token has five parts")
    };
    let named = |name: &str, refused: &str, mut vector: Value| {
        vector["name"] = json!(name);
        if let Some(members) = vector.as_object_mut() {
            members.remove("opened");
        }
        vector["refused"] = json!(refused);
        vector
    };
    let changed = |part: usize, byte: usize| -> Result<String> {
        let mut parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&parts[part])?;
        let byte = byte.min(bytes.len() - 1);
        bytes[byte] ^= 1;
        parts[part] = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(parts.join("."))
    };
    const LAST: usize = usize::MAX;
    let in_header = |text: &str| -> Result<usize> {
        let header = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(header)?)?;
        header.find(text).context("not in the header")
    };

    let mut refused = Vec::new();
    let mut token = |name: &str, why: &str, token: String| {
        refused.push(named(name, why, with_token(vector, &token)));
    };
    token(
        "a bit of the header, which is no JSON then",
        "malformed",
        changed(0, 0)?,
    );
    token("a bit of alg", "algorithm", changed(0, in_header("dir")?)?);
    token("a bit of enc", "algorithm", changed(0, in_header("A256GCM")?)?);
    token("a bit of kid", "moved", changed(0, in_header("/contact")? + 1)?);
    token("a bit of the nonce", "does-not-open", changed(2, 0)?);
    token("the first bit of the ciphertext", "does-not-open", changed(3, 0)?);
    token(
        "the last byte of the ciphertext",
        "does-not-open",
        changed(3, LAST)?,
    );
    token(
        "a bit of the first byte of the tag",
        "does-not-open",
        changed(4, 0)?,
    );
    token(
        "a bit of the last byte of the tag",
        "does-not-open",
        changed(4, LAST)?,
    );
    // 16 bytes are 22 characters with 132 bits. The last four bits are unused and must be zero (RFC 4648, section 3.5).
    let (kept, last) = tag.split_at(tag.len() - 1);
    let loose = char::from(last.as_bytes()[0] + 1);
    token(
        "an unused bit of the tag's last character",
        "malformed",
        format!("{header}..{nonce}.{ciphertext}.{kept}{loose}"),
    );
    token(
        "the tag with padding",
        "malformed",
        format!("{header}..{nonce}.{ciphertext}.{tag}=="),
    );
    token(
        "a tag of 12 bytes",
        "malformed",
        format!("{header}..{nonce}.{ciphertext}.{}", &tag[..16]),
    );
    token(
        "a nonce of 9 bytes",
        "malformed",
        format!("{header}..{}.{ciphertext}.{tag}", &nonce[..12]),
    );
    token(
        "four parts",
        "malformed",
        format!("{header}.{nonce}.{ciphertext}.{tag}"),
    );
    token(
        "six parts",
        "malformed",
        format!("{header}..{nonce}.{ciphertext}.{tag}.AAAA"),
    );
    token(
        "truncated after the ciphertext",
        "malformed",
        format!("{header}..{nonce}.{ciphertext}"),
    );
    token(
        "truncated within the ciphertext",
        "malformed",
        format!("{header}..{nonce}.{}", &ciphertext[..8]),
    );
    token("nothing at all", "malformed", empty.to_owned());
    token(
        "an encrypted key, where there must be none",
        "malformed",
        format!("{header}.{nonce}.{nonce}.{ciphertext}.{tag}"),
    );

    let (key, content) = (key_of(vector), vector["opened"].to_string());
    let nonce = [255; NONCE_BYTES];
    let kid = format!(
        "{}/contact",
        vector["envelope"]["id"].as_str().unwrap_or_default()
    );
    let good = json!({ "alg": "dir", "enc": "A256GCM", "kid": kid });
    for (name, why, member, value) in [
        ("alg A256KW", "algorithm", "alg", json!("A256KW")),
        ("alg RSA-OAEP", "algorithm", "alg", json!("RSA-OAEP")),
        ("alg none", "algorithm", "alg", json!("none")),
        ("enc A128GCM", "algorithm", "enc", json!("A128GCM")),
        ("enc A256CBC-HS512", "algorithm", "enc", json!("A256CBC-HS512")),
        ("compression", "algorithm", "zip", json!("DEF")),
        ("compression of no kind", "algorithm", "zip", Value::Null),
        ("a critical extension", "algorithm", "crit", json!(["exp"])),
        ("critical extensions of no kind", "algorithm", "crit", Value::Null),
        ("another event's kid", "moved", "kid", json!("another/contact")),
        ("a kid without the event", "moved", "kid", json!("contact")),
    ] {
        let mut header = good.clone();
        header[member] = value;
        let sealed = sealed_under(&header.to_string(), content.as_bytes(), &key, nonce)?;
        token(&format!("{name}, sealed under that header"), why, sealed);
    }
    let unnamed = json!({ "alg": "dir", "enc": "A256GCM" }).to_string();
    token(
        "no kid, sealed under that header",
        "moved",
        sealed_under(&unnamed, content.as_bytes(), &key, nonce)?,
    );
    token(
        "a header that is no object",
        "malformed",
        sealed_under("[]", content.as_bytes(), &key, nonce)?,
    );

    let mut moved = other.clone();
    moved["envelope"]["data"]["contact"] = vector["envelope"]["data"]["contact"].clone();
    let theirs = token_of(other);
    let (their_header, _) = theirs.split_once('.').context("no header")?;
    let renamed = with_token(&moved, &format!("{their_header}..{}", parts[2..].join(".")));
    moved["key"] = vector["key"].clone();
    refused.push(named("moved to another event", "moved", moved));
    refused.push(named(
        "moved to another event under that event's header",
        "does-not-open",
        renamed,
    ));
    let mut moved = vector.clone();
    let data = moved["envelope"]["data"].as_object_mut().context("no data")?;
    let contact = data.remove("contact").context("no contact")?;
    data.insert("address".to_owned(), contact);
    moved["class"] = json!("address");
    refused.push(named("moved to another class", "moved", moved));

    for (name, key) in [
        ("the key of another class", data_key("address").plaintext.to_vec()),
        ("a key of which one bit differs", {
            let mut key = key.clone();
            key[31] ^= 128;
            key
        }),
        ("a key of 16 bytes", key[..16].to_vec()),
    ] {
        let mut vector = vector.clone();
        vector["key"] = json!(BASE64_STANDARD.encode(key));
        refused.push(named(name, "does-not-open", vector));
    }
    Ok(refused)
}

/// Seals a token under any header, also one that the core would not write.
fn sealed_under(header: &str, content: &[u8], key: &[u8], nonce: [u8; NONCE_BYTES]) -> Result<String> {
    let header = BASE64_URL_SAFE_NO_PAD.encode(header);
    let cipher = UnboundKey::new(&AES_256_GCM, key).ok().context("no key")?;
    let mut ciphertext = content.to_vec();
    let tag = LessSafeKey::new(cipher)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut ciphertext,
        )
        .ok()
        .context("it could not be sealed")?;
    let parts = [&nonce[..], &ciphertext, tag.as_ref()].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{header}..{}", parts.join(".")))
}

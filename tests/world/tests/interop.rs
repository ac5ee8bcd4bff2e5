//! JOSE libraries of other languages, with their default settings and only the KMS API, open a sealed class. The
//! readers are `tests/interop/open.py` and `open.mjs`.

mod reader;

use std::process::Output;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::engine::{self, Received};
use reader::Reader;

const CLASSES: [&str; 4] = ["contact", "identity", "address", "network"];

#[test]
fn jwcrypto_opens_every_class_of_every_event() -> Result<()> {
    opens_every_class(&Reader::python("jwcrypto")?)
}

#[test]
fn jwcrypto_refuses_a_token_that_was_changed_or_moved() -> Result<()> {
    refuses_what_was_changed_or_moved(&Reader::python("jwcrypto")?)
}

#[test]
fn joserfc_opens_every_class_of_every_event() -> Result<()> {
    opens_every_class(&Reader::python("joserfc")?)
}

#[test]
fn joserfc_refuses_a_token_that_was_changed_or_moved() -> Result<()> {
    refuses_what_was_changed_or_moved(&Reader::python("joserfc")?)
}

#[test]
fn jose_opens_every_class_of_every_event() -> Result<()> {
    opens_every_class(&Reader::node()?)
}

#[test]
fn jose_refuses_a_token_that_was_changed_or_moved() -> Result<()> {
    refuses_what_was_changed_or_moved(&Reader::node()?)
}

#[test]
fn the_excerpt_in_the_documents_refuses_every_token_that_must_be_refused() -> Result<()> {
    let output = Reader::excerpt()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let counts: Vec<usize> = printed.split(' ').filter_map(|word| word.parse().ok()).collect();
    ensure!(
        counts.len() == 2 && counts[0] >= 20 && counts[1] >= 60,
        "{printed}"
    );
    Ok(())
}

#[test]
fn jwcrypto_and_joserfc_give_the_known_answers_for_tokens_of_persons() -> Result<()> {
    gives_the_known_answers(&Reader::known_answers_in_python()?, "4 tokens")
}

#[test]
fn jose_gives_the_known_answers_for_tokens_of_persons() -> Result<()> {
    gives_the_known_answers(&Reader::known_answers_in_node()?, "4 tokens")
}

fn gives_the_known_answers(output: &Output, last: &str) -> Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(
        printed.starts_with("3 of HKDF") && printed.trim().ends_with(last),
        "{printed}"
    );
    Ok(())
}

fn opens_every_class(reader: &Reader) -> Result<()> {
    let received = &engine::shared().received;
    for class in CLASSES {
        ensure!(
            received.iter().any(|event| event.opened.contains_key(class)),
            "no event with the class `{class}` was received, so the test proves nothing for it"
        );
    }
    let output = reader.read(received.iter().map(|event| &event.envelope))?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()?;
    ensure!(
        printed.len() == received.len(),
        "{} of {} events were read",
        printed.len(),
        received.len()
    );
    for (printed, event) in printed.iter().zip(received) {
        let expected = json!({ "id": event.envelope["id"], "opened": event.opened });
        ensure!(
            *printed == expected,
            "opened {printed}, but the consumer in Rust opened {expected}"
        );
    }
    Ok(())
}

fn refuses_what_was_changed_or_moved(reader: &Reader) -> Result<()> {
    let with_contact = |event: &&Received| event.opened.contains_key("contact");
    let mut received = engine::shared().received.iter().filter(with_contact);
    let event = received
        .next()
        .context("no event with the class `contact` was received")?;
    let other = received
        .find(|other| other.envelope["id"] != event.envelope["id"])
        .context("only one event with the class `contact` was received")?;

    for tampered in tampered(&event.envelope, &other.envelope)? {
        let Tampered {
            what,
            envelope,
            class,
            refusal,
        } = tampered;
        let output = reader.read([&envelope])?;
        let said = String::from_utf8_lossy(&output.stderr);
        let id = envelope["id"].as_str().context("no id")?;
        let message = format!("event {id}, class {class}: the token is refused: {refusal}");
        ensure!(
            output.status.code() == Some(1),
            "{what}: {}, not exit status 1: {said}",
            output.status
        );
        ensure!(
            said.lines().any(|line| line == message),
            "{what}: `{message}` is not in the output: {said}"
        );
        ensure!(output.stdout.is_empty(), "{what}: something was opened");
        for value in event.opened["contact"].as_object().context("no object")?.values() {
            let value = value.as_str().context("no text")?;
            ensure!(!said.contains(value), "{what}: the refusal quotes a value");
        }
    }
    Ok(())
}

/// An event that nobody published.
struct Tampered {
    what: &'static str,
    envelope: Value,
    class: &'static str,
    refusal: &'static str,
}

/// Forgeries of the `contact` of an event that need a second event, but no key.
fn tampered(event: &Value, other: &Value) -> Result<Vec<Tampered>> {
    const HEADER: &str = "its header is not the one for this event and class";
    const CHANGED: &str = "it does not open with its data key";
    let with_contact = |envelope: &Value, contact: &Value| {
        let mut envelope = envelope.clone();
        envelope["data"]["contact"] = contact.clone();
        envelope
    };
    let contact = &event["data"]["contact"];
    let token = contact["sealed"].as_str().context("no token")?;

    let mut tampered = Vec::new();
    let parts = [
        (0, "a bit of the header", HEADER),
        (2, "a bit of the nonce", CHANGED),
        (3, "a bit of the ciphertext", CHANGED),
        (4, "a bit of the tag", CHANGED),
    ];
    for (part, what, refusal) in parts {
        let mut changed = contact.clone();
        changed["sealed"] = json!(with_one_bit_changed(token, part)?);
        tampered.push(Tampered {
            what,
            envelope: with_contact(event, &changed),
            class: "contact",
            refusal,
        });
    }

    let envelope = with_contact(other, contact);
    tampered.push(Tampered {
        what: "moved to another event",
        envelope,
        class: "contact",
        refusal: HEADER,
    });

    let other_token = other["data"]["contact"]["sealed"].as_str().context("no token")?;
    let (header, _) = other_token.split_once('.').context("no header")?;
    let (_, rest) = token.split_once('.').context("no header")?;
    let mut renamed = contact.clone();
    renamed["sealed"] = json!(format!("{header}.{rest}"));
    tampered.push(Tampered {
        what: "moved to another event under that event's header",
        envelope: with_contact(other, &renamed),
        class: "contact",
        refusal: CHANGED,
    });

    let mut envelope = event.clone();
    let data = envelope["data"].as_object_mut().context("no data")?;
    data.remove("contact");
    data.insert("address".to_owned(), contact.clone());
    tampered.push(Tampered {
        what: "moved to another class",
        envelope,
        class: "address",
        refusal: HEADER,
    });
    Ok(tampered)
}

/// The token with the highest bit of the first byte of one part flipped.
fn with_one_bit_changed(token: &str, part: usize) -> Result<String> {
    const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let text = parts.get_mut(part).context("a part of the token is missing")?;
    let first = text.chars().next().context("a part of the token is empty")?;
    let place = BASE64_URL
        .find(first)
        .context("a part of the token is not base64url")?
        ^ 0b10_0000;
    text.replace_range(..1, &BASE64_URL[place..=place]);
    Ok(parts.join("."))
}
